// assembly/synapses/delay.ts, spikes only, with a check of its own.
#include "tw_bodies.h"
#include "tw_checks.h"

// Arguments: source, ring, position, slots, bytes of a slot, steps, stride.
void tw_kernel_storeBits(tw_call_t *call) {
    uint32_t slots = tw_size(call, 3, INT32_MAX), slot_bytes = tw_size(call, 4, INT32_MAX / 8);
    uint32_t stride = tw_arg_u(call, 6), bound;
    const uint32_t *events = tw_events(call, 0, &bound);
    const uint32_t *position = tw_read_words(call, 2, 1);
    uint64_t bytes = (uint64_t)slots * slot_bytes;
    uint8_t *ring = tw_writable(call, tw_arg_u(call, 1), bytes, 4);
    uint32_t count = call->refused ? 0 : *events;
    uint32_t step_words = stride == 0 ? 1 : bound;
    const uint32_t *steps = tw_read_words(call, 5, count == 0 ? 0 : step_words);
    if (call->refused || *position >= slots || bound > 8 * slot_bytes || (stride != 0 && stride != 4)) {
        tw_refuse(call);
        return;
    }
    if (count == 0) {
        return;
    }
    tw_apart(call, ring, bytes, events, 8 + 8 * (uint64_t)count);
    tw_apart(call, ring, bytes, steps, 4 * (uint64_t)step_words);
    tw_apart(call, ring, bytes, position, 4);
    const uint32_t *last = events + 2 + 2 * count;
    for (const uint32_t *e = events + 2; e < last; e += 2) {
        if (steps[stride == 0 ? 0 : *e] > slots) {
            tw_refuse(call);
        }
    }
    if (call->refused) {
        return;
    }
    for (const uint32_t *e = events + 2; e < last; e += 2) {
        uint32_t slot = *position + steps[stride == 0 ? 0 : *e];
        slot = slot >= slots ? slot - slots : slot;
        ring[slot * slot_bytes + (*e >> 3)] |= (uint8_t)(1u << (*e & 7));
    }
}

// Arguments: ring, position, slots, bytes of a slot, spikes, events.
void tw_kernel_recallBits(tw_call_t *call) {
    uint32_t slots = tw_size(call, 2, INT32_MAX), slot_bytes = tw_size(call, 3, INT32_MAX / 8);
    const uint32_t *position = tw_read_words(call, 1, 1);
    uint32_t *ring = tw_writable(call, tw_arg_u(call, 0), (uint64_t)slots * slot_bytes, 4);
    if (call->refused || *position >= slots || slot_bytes % 8 != 0) {
        tw_refuse(call);
        return;
    }
    uint32_t words = slot_bytes / 4, places = 0;
    uint32_t *due = ring + *position * words;
    for (uint32_t w = words; w > 0 && places == 0; w--) {
        places = due[w - 1] == 0 ? 0 : 32 * w - (uint32_t)__builtin_clz(due[w - 1]);
    }
    uint8_t *spikes = tw_write_bytes(call, 4, places);
    uint32_t *list = tw_write_words(call, 5, 2 + 2 * places);
    tw_apart(call, due, slot_bytes, spikes, places);
    tw_apart(call, due, slot_bytes, list, 8 + 8 * (uint64_t)places);
    if (call->refused) {
        return;
    }
    uint32_t *next = list + 2;
    for (uint32_t w = 0; 32 * w < places; w++) {
        uint32_t word = due[w];
        due[w] = 0;
        for (; word != 0; word &= word - 1) {
            uint32_t k = 32 * w + (uint32_t)__builtin_ctz(word);
            spikes[k] = 1;
            *next++ = k;
            *next++ = 1;
        }
    }
    *list = (uint32_t)(next - list - 2) / 2;
}
