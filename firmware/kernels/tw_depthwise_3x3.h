// DEPTHWISE_CONV_2D of 3×3: what assembly/layers/depthwise-conv-2d-3x3.mvp.ts defines, on the same weights and stage.
#ifndef TW_DEPTHWISE_3X3_H
#define TW_DEPTHWISE_3X3_H

#include "tw_stage.h"

// A window of three columns slides along lines of the image, its rows or its columns, channel by channel.
typedef struct tw_depthwise_3x3 {
    const int8_t *input, *weights; // of a channel: three columns of three, the last line first
    int8_t *output;
    const tw_stage_t *stage;
    void *scratch;
    int32_t input_zero;
    uint32_t channels;
    int32_t lines, line_step, line_stride, line_pad;
    int32_t length, step, pad;
    int32_t out_lines, out_line_step, out_length, out_step;
} tw_depthwise_3x3_t;

// Bytes of scratch that the two below take for such lines.
static inline uint64_t tw_depthwise_3x3_scratch(uint64_t out_length) {
    return 32 * (out_length + 2);
}

// All outputs of these channels.
void tw_depthwise_3x3_channels(const tw_depthwise_3x3_t *d, uint32_t first, uint32_t count);

#endif
