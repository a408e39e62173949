#include "tw_depthwise_3x3.h"

#include "tw_dot.h"

enum {
    INPUT, OUTPUT, WEIGHTS, STAGE, SCRATCH, INPUT_ZERO, CHANNELS, LINES, LINE_STEP, LINE_STRIDE,
    LINE_PAD, LENGTH, STEP, PAD, OUT_LINES, OUT_LINE_STEP, OUT_LENGTH, OUT_STEP,
};

// Sizes and steps whose products of two stay within i32, with room to add a few of them.
#define MOST 0x3fff0000u

// From the first byte to behind the last of `lines` lines of `length` pixels of `channels` bytes.
static uint64_t extent(tw_call_t *call, uint32_t lines, uint32_t line_step, uint32_t length,
                       uint32_t step, uint32_t channels) {
    if (lines == 0 || length == 0) {
        tw_refuse(call);
        return 0;
    }
    return tw_times(call, lines - 1, line_step) + tw_times(call, length - 1, step) + channels;
}

static __attribute__((cold)) bool check(tw_call_t *call, tw_depthwise_3x3_t *d) {
    uint32_t channels = tw_size(call, CHANNELS, MOST), lines = tw_size(call, LINES, MOST);
    uint32_t line_step = tw_size(call, LINE_STEP, MOST), length = tw_size(call, LENGTH, MOST);
    uint32_t line_stride = tw_size(call, LINE_STRIDE, MOST), step = tw_size(call, STEP, MOST);
    uint32_t line_pad = tw_size(call, LINE_PAD, MOST), pad = tw_size(call, PAD, MOST);
    uint32_t out_lines = tw_size(call, OUT_LINES, MOST), out_step = tw_size(call, OUT_STEP, MOST);
    uint32_t out_line_step = tw_size(call, OUT_LINE_STEP, MOST);
    uint32_t out_length = tw_size(call, OUT_LENGTH, MOST);
    // no line and no column lies farther out than this; nor is a sum of two larger than i32 has room for
    if (tw_times(call, out_lines, line_stride) > MOST || channels == 0) {
        tw_refuse(call);
    }
    uint64_t in_bytes = extent(call, lines, line_step, length, step, channels);
    uint64_t out_bytes = extent(call, out_lines, out_line_step, out_length, out_step, channels);
    if (in_bytes > MOST || out_bytes > MOST) {
        tw_refuse(call);
    }
    uint64_t scratch_bytes = tw_depthwise_3x3_scratch(out_length);
    *d = (tw_depthwise_3x3_t){
        .input = tw_readable(call, tw_arg_u(call, INPUT), in_bytes, 1),
        .weights = tw_readable(call, tw_arg_u(call, WEIGHTS), tw_times(call, 9, channels), 1),
        .output = tw_writable(call, tw_arg_u(call, OUTPUT), out_bytes, 1),
        .stage = tw_stage(call, tw_arg_u(call, STAGE), channels),
        .scratch = tw_writable(call, tw_arg_u(call, SCRATCH), scratch_bytes, 4),
        .input_zero = (int8_t)tw_arg(call, INPUT_ZERO), .channels = channels,
        .lines = (int32_t)lines, .line_step = (int32_t)line_step,
        .line_stride = (int32_t)line_stride, .line_pad = (int32_t)line_pad,
        .length = (int32_t)length, .step = (int32_t)step, .pad = (int32_t)pad,
        .out_lines = (int32_t)out_lines, .out_line_step = (int32_t)out_line_step,
        .out_length = (int32_t)out_length, .out_step = (int32_t)out_step,
    };
    if (call->refused) {
        return false;
    }
    const struct {
        const void *at;
        uint64_t bytes;
    } read[] = {
        {d->input, in_bytes}, {d->weights, 9ull * channels}, {d->stage, tw_stage_bytes(channels)}};
    for (size_t k = 0; k < sizeof read / sizeof read[0]; ++k) {
        tw_apart(call, d->output, out_bytes, read[k].at, read[k].bytes);
        tw_apart(call, d->scratch, scratch_bytes, read[k].at, read[k].bytes);
    }
    tw_apart(call, d->output, out_bytes, d->scratch, scratch_bytes);
    return !call->refused;
}

void tw_kernel_depthwiseConv2d3x3(tw_call_t *call);

void tw_kernel_depthwiseConv2d3x3(tw_call_t *call) {
    tw_depthwise_3x3_t d;
    if (!check(call, &d)) {
        return;
    }
    for (uint32_t c = 0; c < d.channels; c += 4) {
        tw_depthwise_3x3_channels(&d, c, d.channels - c < 4 ? d.channels - c : 4);
    }
}

#if !TW_DSP

// A line of a channel, and how far its pixels lie apart: the zero point stands still.
typedef struct tw_line {
    const int8_t *at;
    int32_t step;
} tw_line_t;

static tw_line_t line_of(const tw_depthwise_3x3_t *d, uint32_t channel, int32_t line,
                         const int8_t *zero) {
    bool inside = (uint32_t)line < (uint32_t)d->lines;
    return inside ? (tw_line_t){d->input + channel + line * d->line_step, d->step}
                  : (tw_line_t){zero, 0};
}

// One line of one channel. What a column adds to three outputs is carried along in place of the column.
static inline __attribute__((always_inline)) void
slide(const tw_depthwise_3x3_t *d, const tw_line_t lines[3], const int8_t *w, int8_t *out,
      const tw_channel_t *channel, tw_kind_t kind) {
    const int8_t *a0 = lines[0].at, *a1 = lines[1].at, *a2 = lines[2].at;
    int32_t first = 0, second = 0; // of the next two outputs, so far
    const tw_scale_t scale = tw_scale(channel, d->stage);
    for (int32_t k = 0, x = -d->pad; k < d->out_length + 2; ++k, ++x) {
        int32_t x0 = d->input_zero, x1 = x0, x2 = x0;
        if ((uint32_t)x < (uint32_t)d->length) {
            x0 = *a0;
            x1 = *a1;
            x2 = *a2;
            a0 += lines[0].step;
            a1 += lines[1].step;
            a2 += lines[2].step;
        }
        int32_t sum = first + x0 * w[8] + x1 * w[7] + x2 * w[6];
        first = second + x0 * w[5] + x1 * w[4] + x2 * w[3];
        second = x0 * w[2] + x1 * w[1] + x2 * w[0];
        if (k >= 2) {
            *out = tw_requantize_as(kind, sum, &scale, channel, d->stage);
            out += d->out_step;
        }
    }
}

void tw_depthwise_3x3_channels(const tw_depthwise_3x3_t *d, uint32_t first, uint32_t count) {
    const int8_t zero = (int8_t)d->input_zero;
    for (uint32_t c = first; c < first + count; ++c) {
        const tw_channel_t *channel = d->stage->channel + c;
        int8_t w[9];
        for (size_t k = 0; k < sizeof w; ++k) {
            w[k] = d->weights[9 * c + k];
        }
        tw_kind_t kind = tw_kind(channel, d->stage);
        for (int32_t out_line = 0; out_line < d->out_lines; ++out_line) {
            int32_t line = out_line * d->line_stride - d->line_pad;
            const tw_line_t lines[3] = {
                line_of(d, c, line, &zero),
                line_of(d, c, line + 1, &zero),
                line_of(d, c, line + 2, &zero),
            };
            int8_t *out = d->output + c + out_line * d->out_line_step;
            if (kind == TW_USUAL_PLAIN) {
                slide(d, lines, w, out, channel, TW_USUAL_PLAIN);
            } else if (kind == TW_USUAL_BRACKET) {
                slide(d, lines, w, out, channel, TW_USUAL_BRACKET);
            } else {
                slide(d, lines, w, out, channel, TW_UNUSUAL);
            }
        }
    }
}

#endif
