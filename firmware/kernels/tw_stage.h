// The output stage of layers with one multiplier per channel, from sums of products to int8: what
// assembly/fixed/output-stage.ts defines, for sums of their own.
#ifndef TW_STAGE_H
#define TW_STAGE_H

#include "tw_dot.h"
#include "tw_kernels.h"

// As the compiler writes them, at a multiple of 4: of an i64 the halves.
typedef struct tw_channel {
    uint32_t constant_low, constant_high;
    int32_t q;
    uint32_t shift; // of the product, 1 to 62, and 64 times the form
} tw_channel_t;

typedef struct tw_stage {
    int32_t zero_point, low, high, unused;
    tw_channel_t channel[];
} tw_stage_t;

enum { TW_PLAIN, TW_BRACKET, TW_ANY_DOUBLE, TW_ANY_SINGLE };

// A stage of n channels; NULL where it is refused.
static inline const tw_stage_t *tw_stage(tw_call_t *call, uint32_t address, uint64_t n) {
    return tw_readable(call, address, sizeof(tw_stage_t) + n * sizeof(tw_channel_t), 4);
}

static inline uint64_t tw_stage_bytes(uint64_t n) {
    return sizeof(tw_stage_t) + n * sizeof(tw_channel_t);
}

static inline uint64_t tw_constant(const tw_channel_t *c) {
    return (uint64_t)c->constant_high << 32 | c->constant_low;
}

// Whether tw_requantize_usual will do: PLAIN, a shift that leaves only the product's high half, and all of int8.
static inline bool tw_is_usual(const tw_channel_t *channel, const tw_stage_t *stage) {
    return channel->shift - 32u <= 30u && stage->low == INT8_MIN && stage->high == INT8_MAX;
}

// The same of n channels.
bool tw_stage_is_usual(const tw_stage_t *stage, uint32_t n);

static inline int8_t tw_saturate(int32_t x) {
#if TW_DSP
    int32_t y;
    __asm__("ssat %0, #8, %1" : "=r"(y) : "r"(x));
    return (int8_t)y;
#else
    x = x < INT8_MIN ? INT8_MIN : x;
    return (int8_t)(x > INT8_MAX ? INT8_MAX : x);
#endif
}

static inline int8_t tw_requantize_usual(int32_t sum, uint64_t constant, int32_t q,
                                         uint32_t shift) {
    int64_t t = (int64_t)((uint64_t)((int64_t)sum * q) + constant);
    return tw_saturate((int32_t)(t >> 32) >> (shift - 32));
}

// Of any channel, also one that no compiler wrote: its bits may be any then.
int8_t tw_requantize(int32_t sum, const tw_channel_t *channel, const tw_stage_t *stage);

#endif
