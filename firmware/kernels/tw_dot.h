// Dot products of int8 for weights packed as i8[K / 4][8 channels][taps 0, 2, 1, 3]: the inner loops of convolutions.
//
// Processors with the DSP extension (Cortex-M4, M7, M33) multiply two pairs of i16 at a time: weights become such pairs by
// one instruction each, thanks to their order, and the taps of two positions are widened once for all channels.
#ifndef TW_DOT_H
#define TW_DOT_H

#include <stdint.h>

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
#define TW_DSP 1
typedef int16_t tw_tap_t;
#else
#define TW_DSP 0
typedef int8_t tw_tap_t;
#endif

#define TW_TAPS 4      // in a block
#define TW_CHANNELS 8  // that share one
#define TW_BLOCK (TW_TAPS * TW_CHANNELS)

// Taps of two positions, as tw_dot_two reads them: blocks of four. With the DSP extension the positions alternate in each block,
// otherwise the second position's follow behind all of the first's.
static inline uint32_t tw_pair_bytes(uint32_t blocks) {
    return blocks * TW_TAPS * 2 * (uint32_t)sizeof(tw_tap_t);
}

// Puts taps k … k + n − 1 of a position, 0 or 1, in their places. x is aligned to 4.
void tw_put_taps(tw_tap_t *x, uint32_t blocks, uint32_t position, uint32_t k, const int8_t *taps,
                 uint32_t n);

// Zeros from tap k to the end of its block.
void tw_end_taps(tw_tap_t *x, uint32_t blocks, uint32_t position, uint32_t k);

// sums[c * 2 + p]: two neighbouring channels, two positions. w: the first channel's four bytes of the first block.
void tw_dot_two(const int8_t *w, const tw_tap_t *x, uint32_t blocks, int32_t sums[4]);

// sums[c]: four neighbouring channels, one position, whose taps are bytes in their order, as many as fill blocks.
void tw_dot_four(const int8_t *w, const int8_t *taps, uint32_t blocks, int32_t sums[4]);

#endif
