#include "tw_stage.h"

// Sums, differences and shifts of WebAssembly's i64: modulo 2^64.
static int64_t add(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t clamp(int64_t x, int64_t low, int64_t high) {
    x = x < low ? low : x;
    return x > high ? high : x;
}

// As assembly/fixed/requantize.ts: MultiplyByQuantizedMultiplier in double rounding.
static int32_t scale_double(int32_t x, int32_t q, int32_t exponent) {
    if (exponent > 0) {
        x = (int32_t)clamp((int64_t)x * ((int64_t)1 << exponent), INT32_MIN, INT32_MAX);
    }
    int64_t t = (int64_t)x * q + (1 << 30);
    if (exponent >= 0) {
        return (int32_t)(t >> 31);
    }
    int64_t bracket = t < 0 ? (int64_t)1 << 31 : 0;
    int64_t half = (int64_t)1 << ((30 - exponent) & 63);
    return (int32_t)(add(add(t, half), -bracket) >> ((31 - exponent) & 63));
}

static int32_t scale_single(int32_t x, int32_t q, int32_t exponent) {
    uint32_t shift = (uint32_t)(31 - exponent) & 63;
    int64_t half = (int64_t)((uint64_t)1 << ((shift - 1) & 63));
    return (int32_t)clamp(add((int64_t)x * q, half) >> shift, INT32_MIN, INT32_MAX);
}

int8_t tw_requantize(int32_t sum, const tw_channel_t *channel, const tw_stage_t *stage) {
    tw_kind_t kind = tw_kind(channel, stage);
    if (kind != TW_UNUSUAL) { // in a layer with channels of several kinds
        const tw_scale_t scale = tw_scale(channel, stage);
        return kind == TW_USUAL_PLAIN ? tw_requantize_usual(sum, &scale, TW_USUAL_PLAIN)
                                      : tw_requantize_usual(sum, &scale, TW_USUAL_BRACKET);
    }
    uint32_t shift = channel->shift & 63;
    int64_t constant = (int64_t)tw_constant(channel);
    int64_t t = add((int64_t)sum * channel->q, constant);
    int32_t form = (int32_t)channel->shift < 64    ? TW_PLAIN
                   : (int32_t)channel->shift < 128 ? TW_BRACKET
                   : (int32_t)channel->shift < 192 ? TW_ANY_DOUBLE
                                                   : TW_ANY_SINGLE;
    if (form == TW_BRACKET) {
        uint64_t odd = 2u * (uint64_t)(int64_t)stage->zero_point + 1u;
        int64_t half = (int64_t)(odd << ((shift - 1) & 63));
        int64_t sign = add(t, (int64_t)(0u - (uint64_t)half)) >> 63;
        t = add(t, (int64_t)((uint64_t)sign << 31));
    }
    if (form <= TW_BRACKET) {
        return (int8_t)clamp(t >> shift, stage->low, stage->high);
    }
    int32_t biased = (int32_t)((uint32_t)sum + channel->constant_low);
    int32_t exponent = 31 - (int32_t)shift;
    int32_t scaled = form == TW_ANY_DOUBLE ? scale_double(biased, channel->q, exponent)
                                           : scale_single(biased, channel->q, exponent);
    return (int8_t)clamp((int64_t)scaled + stage->zero_point, stage->low, stage->high);
}

static inline __attribute__((always_inline)) void
store(tw_kind_t kind, uint32_t positions, const tw_stage_t *stage, const tw_channel_t *channel,
      uint32_t channels, const int32_t *sums, int8_t *to, uint32_t step) {
    for (const tw_channel_t *end = channel + channels; channel < end; ++channel) {
        const tw_scale_t scale = tw_scale(channel, stage);
        int8_t *at = to++;
#if TW_ARMV6M
        if (positions == TW_POSITIONS && kind != TW_UNUSUAL) {
            if (kind == TW_USUAL_PLAIN) {
                tw_store_plain_m0(sums, at, step, channel);
            } else {
                tw_store_bracket_m0(sums, at, step, channel, scale.half);
            }
            sums += TW_POSITIONS;
            continue;
        }
#endif
#pragma GCC unroll 4
        for (uint32_t p = 0; p < positions; ++p, at += step) {
            *at = tw_requantize_as(kind, *sums++, &scale, channel, stage);
        }
    }
}

#define STORE(name, kind, positions)                                                               \
    static void name(const tw_stage_t *stage, const tw_channel_t *channel, uint32_t channels,      \
                     const int32_t *sums, int8_t *to, uint32_t step) {                             \
        store(kind, positions, stage, channel, channels, sums, to, step);                          \
    }

STORE(plain_pass, TW_USUAL_PLAIN, TW_POSITIONS)
STORE(plain_one, TW_USUAL_PLAIN, 1)
STORE(bracket_pass, TW_USUAL_BRACKET, TW_POSITIONS)
STORE(bracket_one, TW_USUAL_BRACKET, 1)
STORE(any_pass, TW_UNUSUAL, TW_POSITIONS)
STORE(any_one, TW_UNUSUAL, 1)

const tw_stores_t *tw_stores(const tw_stage_t *stage, uint32_t n) {
    static const tw_stores_t stores[] = {
        [TW_USUAL_PLAIN] = {plain_pass, plain_one},
        [TW_USUAL_BRACKET] = {bracket_pass, bracket_one},
        [TW_UNUSUAL] = {any_pass, any_one},
    };
    tw_kind_t kind = tw_kind(stage->channel, stage);
    for (uint32_t k = 1; k < n; ++k) {
        kind = tw_kind(&stage->channel[k], stage) == kind ? kind : TW_UNUSUAL;
    }
    return &stores[kind];
}
