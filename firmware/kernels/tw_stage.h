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

// Channels that most layers are made of: all of int8, and a shift that leaves only the product's high half.
typedef enum tw_kind { TW_USUAL_PLAIN, TW_USUAL_BRACKET, TW_UNUSUAL } tw_kind_t;

static inline tw_kind_t tw_kind(const tw_channel_t *channel, const tw_stage_t *stage) {
    if (stage->low != INT8_MIN || stage->high != INT8_MAX) {
        return TW_UNUSUAL;
    }
    bool bracket = channel->shift - (64u * TW_BRACKET + 33u) <= 29u;
    return channel->shift - 32u <= 30u ? TW_USUAL_PLAIN : bracket ? TW_USUAL_BRACKET : TW_UNUSUAL;
}

// A channel in registers.
typedef struct tw_scale {
    uint64_t constant;
    int32_t q;
    uint32_t shift; // of the product's high half
    uint32_t half;  // BRACKET: the high half of what lies between negative and other results; its low half is 0
} tw_scale_t;

static inline tw_scale_t tw_scale(const tw_channel_t *channel, const tw_stage_t *stage) {
    uint32_t shift = channel->shift % 32; // what is left of 32 to 62
    uint32_t odd = 2u * (uint32_t)stage->zero_point + 1u;
    return (tw_scale_t){tw_constant(channel), channel->q, shift, odd << ((shift - 1u) % 32)};
}

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

// sum · q + constant, modulo 2^64.
static inline uint64_t tw_scaled(int32_t sum, const tw_scale_t *scale) {
#if TW_ARMV6M
    // its one multiplication gives 32 bits: products of halves, each sum of which fits them
    int32_t low = sum & 0xffff, high = sum >> 16, q_low = scale->q & 0xffff, q_high = scale->q >> 16;
    uint32_t first = (uint32_t)low * (uint32_t)q_low;
    int32_t middle = low * q_high + (int32_t)(first >> 16);
    int32_t other = high * q_low + (middle & 0xffff);
    uint32_t top = (uint32_t)(high * q_high + (middle >> 16) + (other >> 16));
    return ((uint64_t)top << 32 | (uint32_t)other << 16 | (first & 0xffff)) + scale->constant;
#else
    return (uint64_t)((int64_t)sum * scale->q) + scale->constant;
#endif
}

// Of a usual kind.
static inline int8_t tw_requantize_usual(int32_t sum, const tw_scale_t *scale, tw_kind_t kind) {
    uint64_t t = tw_scaled(sum, scale);
    uint32_t high = (uint32_t)(t >> 32);
    if (kind == TW_USUAL_BRACKET) { // 2^31 less, if t < half
        high -= ((high - scale->half) & ~(uint32_t)t) >> 31;
    }
    return tw_saturate((int32_t)high >> scale->shift);
}

// Of any channel, also one that no compiler wrote: its bits may be any then.
int8_t tw_requantize(int32_t sum, const tw_channel_t *channel, const tw_stage_t *stage);

static inline __attribute__((always_inline)) int8_t
tw_requantize_as(tw_kind_t kind, int32_t sum, const tw_scale_t *scale, const tw_channel_t *channel,
                 const tw_stage_t *stage) {
    return kind == TW_UNUSUAL ? tw_requantize(sum, channel, stage)
                              : tw_requantize_usual(sum, scale, kind);
}

#if TW_ARMV6M
// Four outputs of a channel of a usual kind, `step` bytes apart. half: as in tw_scale_t.
void tw_store_plain_m0(const int32_t *sums, int8_t *to, uint32_t step, const tw_channel_t *channel);
void tw_store_bracket_m0(const int32_t *sums, int8_t *to, uint32_t step,
                         const tw_channel_t *channel, uint32_t half);
#endif

// Outputs of `channels` channels from the first of them on: sums[c * positions + p] goes to[c + p * step].
typedef void tw_store_t(const tw_stage_t *stage, const tw_channel_t *first, uint32_t channels,
                        const int32_t *sums, int8_t *to, uint32_t step);

typedef struct tw_stores {
    tw_store_t *pass, *one; // of TW_POSITIONS, or of a single one
} tw_stores_t;

// The fastest for a stage of n channels.
const tw_stores_t *tw_stores(const tw_stage_t *stage, uint32_t n);

#endif
