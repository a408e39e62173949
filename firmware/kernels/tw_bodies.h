// What bodies written by hand have in common. They take the place of generated ones where those are slow: behind the same
// check, with the same loads and stores in the same order, so that what overlaps gives the same bits too.
#ifndef TW_BODIES_H
#define TW_BODIES_H

#include "generated_shared.h"

// assembly/fixed/limit.ts
#define TW_LIMIT ((1 << 29) - 1)

// assembly/fixed/count.ts: bytes into the counters
#define TW_SPIKES 8u
#define TW_SYNAPTIC_EVENTS 16u
#define TW_SATURATIONS 24u

// Sums and differences wrap as WebAssembly's do.
TW_INLINE int32_t tw_plus(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

TW_INLINE int32_t tw_minus(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a - (uint32_t)b);
}

TW_INLINE int32_t *tw_words(uint64_t address) {
    return (int32_t *)(void *)TW_AT((uint32_t)address);
}

// The upper half of a product.
TW_INLINE int32_t tw_high(int32_t a, int32_t b) {
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
    int32_t high;
    __asm__("smmul %0, %1, %2" : "=r"(high) : "r"(a), "r"(b));
    return high;
#else
    return (int32_t)(((int64_t)a * b) >> 32);
#endif
}

// The same, rounded half up.
TW_INLINE int32_t tw_high_rounded(int32_t a, int32_t b) {
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(a), "r"(b));
    return high;
#else
    return (int32_t)(((int64_t)a * b + 0x80000000ll) >> 32);
#endif
}

// slot() of assembly/fixed/ring.ts, in this step.
TW_INLINE uint32_t tw_slot_now(uint32_t ring, uint32_t position, uint32_t slots, uint32_t n) {
    return slots == 1 ? ring : ring + 4 * tw_load32(position) * n;
}

// count() of assembly/fixed/count.ts
TW_INLINE void tw_count(uint32_t counter, uint64_t n) {
    tw_store64(counter, tw_load64(counter) + n);
}

TW_INLINE void tw_count_at(uint8_t *counter, uint64_t n) {
    uint64_t before;
    memcpy(&before, counter, sizeof before);
    n += before;
    memcpy(counter, &n, sizeof n);
}

// append() of assembly/fixed/event-list.ts, of a spike
TW_INLINE uint32_t tw_append(uint32_t end, uint32_t index) {
    tw_store32(end, index);
    tw_store32(end + 4, 1);
    return end + 8;
}

// closeEvents()
TW_INLINE void tw_close(uint32_t events, uint32_t end) {
    tw_store32(events, (end - events - 8) >> 3);
}

#endif
