// Dot products of int8 for weights packed as i8[K / 4][8 channels][taps 0, 2, 1, 3]: the inner loops of convolutions.
//
// Each processor has the form that its registers and instructions are best used by: a pass computes some channels at some
// positions. With the DSP extension (Cortex-M4, M7, M33) two pairs of i16 are multiplied at a time: weights become such pairs by
// one instruction each, thanks to their order, and taps are widened once for all channels. Elsewhere the taps of four
// positions stand side by side.
#ifndef TW_DOT_H
#define TW_DOT_H

#include <stdint.h>

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
#define TW_DSP 1
#define TW_ARMV6M 0
#define TW_POSITIONS 2 // of a pass
#define TW_PASS 2      // channels of one
typedef int16_t tw_tap_t;
#else
#define TW_DSP 0
#define TW_POSITIONS 4
#define TW_PASS 4
typedef int8_t tw_tap_t;
#if defined(__ARM_ARCH_6M__) // Cortex-M0, M0+
#define TW_ARMV6M 1
#else
#define TW_ARMV6M 0
#endif
#endif

#define TW_TAPS 4     // in a block
#define TW_CHANNELS 8 // that share one
#define TW_BLOCK (TW_TAPS * TW_CHANNELS)

// Bytes of the taps of a pass: in each block, pairs of two taps of one position after the other's (DSP), or each tap of four
// positions.
#define TW_PASS_BYTES(blocks) ((blocks) * TW_TAPS * TW_POSITIONS * sizeof(tw_tap_t))

// Puts taps k … k + n − 1 of a position in their places. x is aligned to 4.
void tw_put_taps(tw_tap_t *x, uint32_t position, uint32_t k, const int8_t *taps, uint32_t n);

// Zeros from tap k to the end of its block.
void tw_end_taps(tw_tap_t *x, uint32_t position, uint32_t k);

// sums[c * TW_POSITIONS + p] of TW_PASS neighbouring channels. w: the first channel's four bytes of the first block.
void tw_dot_pass(const int8_t *w, const tw_tap_t *x, uint32_t blocks,
                 int32_t sums[TW_PASS * TW_POSITIONS]);

// Where the taps of tw_dot_four may lie: at multiples of this.
#define TW_FOUR_ALIGN (TW_ARMV6M ? 4u : 1u)

// sums[c]: four neighbouring channels, one position, whose taps are bytes in their order, as many as fill blocks.
void tw_dot_four(const int8_t *w, const int8_t *taps, uint32_t blocks, int32_t sums[4]);

#endif
