// DEPTHWISE_CONV_2D of any window: what assembly/layers/depthwise-conv-2d.mvp.ts defines, on the same weights and stage.
#include "tw_dot.h"
#include "tw_stage.h"

#include <string.h>

#if TW_DSP
#include "tw_dsp.h"
#endif

typedef struct tw_depthwise {
    const int8_t *input;
    const void *weights; // [taps][outputs], of one byte or of two
    bool wide;           // two
    int8_t *output;
    const tw_stage_t *stage;
    uint8_t *taps;   // where the window's pixels lie: a pointer each, at any address
    int8_t *outside; // a pixel in the input's zero point
    int32_t height, width, depth, out_height, out_width, multiplier;
    int32_t window_height, window_width, stride_y, stride_x, dilation_y, dilation_x, top, left;
} tw_depthwise_t;

enum {
    INPUT, OUTPUT, WEIGHTS, STAGE, SCRATCH, LANE, INPUT_ZERO, HEIGHT, WIDTH, DEPTH, OUT_HEIGHT,
    OUT_WIDTH, MULTIPLIER, WINDOW_HEIGHT, WINDOW_WIDTH, STRIDE_Y, STRIDE_X, DILATION_Y,
    DILATION_X, TOP, LEFT,
};

// Sizes and strides whose products of two stay within i32, with room to add a few of them.
#define MOST 0x3fff0000u

static const int8_t *tap(const tw_depthwise_t *d, uint32_t k) {
    const int8_t *at;
    memcpy(&at, d->taps + k * sizeof at, sizeof at);
    return at;
}

// Where the pixels of the window at this position lie.
static void find_taps(const tw_depthwise_t *d, int32_t y, int32_t x) {
    uint8_t *to = d->taps;
    for (int32_t ky = 0; ky < d->window_height; ++ky) {
        int32_t row = y + ky * d->dilation_y;
        for (int32_t kx = 0; kx < d->window_width; ++kx) {
            int32_t column = x + kx * d->dilation_x;
            bool inside = (uint32_t)row < (uint32_t)d->height &&
                          (uint32_t)column < (uint32_t)d->width;
            const int8_t *at =
                inside ? d->input + (row * d->width + column) * d->depth : d->outside;
            memcpy(to, &at, sizeof at);
            to += sizeof at;
        }
    }
}

static inline int8_t requantize(const tw_depthwise_t *d, uint32_t n, int32_t sum) {
    return tw_requantize(sum, d->stage->channel + n, d->stage);
}

// Output n, of input channel c. Sums wrap as i32 do.
static int8_t one_output(const tw_depthwise_t *d, uint32_t n, uint32_t c) {
    uint32_t outputs = (uint32_t)(d->depth * d->multiplier);
    uint32_t taps = (uint32_t)(d->window_height * d->window_width);
    uint32_t sum = 0;
    for (uint32_t k = 0; k < taps; ++k) {
        int32_t w = d->wide ? ((const int16_t *)d->weights)[k * outputs + n]
                            : ((const int8_t *)d->weights)[k * outputs + n];
        sum += (uint32_t)(w * tap(d, k)[c]);
    }
    return requantize(d, n, (int32_t)sum);
}

// Channels c to c + 3 of a layer with as many outputs as inputs, and weights of a byte.
static void four_outputs(const tw_depthwise_t *d, uint32_t c, int8_t *out) {
    uint32_t taps = (uint32_t)(d->window_height * d->window_width);
    const int8_t *w = (const int8_t *)d->weights + c;
    const uint8_t *at = d->taps;
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (uint32_t k = taps; k > 0; --k, w += d->depth, at += sizeof(const int8_t *)) {
        const int8_t *x;
        memcpy(&x, at, sizeof x);
        x += c;
#if TW_DSP
        uint32_t pixels = tw_load32(x), weights = tw_load32(w);
        uint32_t even = tw_sxtb16(pixels), odd = tw_sxtb16_odd(pixels);
        uint32_t even_w = tw_sxtb16(weights), odd_w = tw_sxtb16_odd(weights);
        s0 = tw_smlabb(even, even_w, s0);
        s1 = tw_smlabb(odd, odd_w, s1);
        s2 = tw_smlatt(even, even_w, s2);
        s3 = tw_smlatt(odd, odd_w, s3);
#else
        s0 += w[0] * x[0];
        s1 += w[1] * x[1];
        s2 += w[2] * x[2];
        s3 += w[3] * x[3];
#endif
    }
    out[0] = requantize(d, c, s0);
    out[1] = requantize(d, c + 1, s1);
    out[2] = requantize(d, c + 2, s2);
    out[3] = requantize(d, c + 3, s3);
}

static void position(const tw_depthwise_t *d, int8_t *out) {
    uint32_t depth = (uint32_t)d->depth, multiplier = (uint32_t)d->multiplier, c = 0;
    if (multiplier == 1 && !d->wide) {
        for (; c + 4 <= depth; c += 4) {
            four_outputs(d, c, out + c);
        }
    }
    for (uint32_t n = c * multiplier; c < depth; ++c) {
        for (uint32_t end = n + multiplier; n < end; ++n) {
            out[n] = one_output(d, n, c);
        }
    }
}

static __attribute__((cold)) bool check(tw_call_t *call, tw_depthwise_t *d, bool wide) {
    uint32_t height = tw_size(call, HEIGHT, MOST), width = tw_size(call, WIDTH, MOST);
    uint32_t depth = tw_size(call, DEPTH, MOST), out_height = tw_size(call, OUT_HEIGHT, MOST);
    uint32_t out_width = tw_size(call, OUT_WIDTH, MOST);
    uint32_t multiplier = tw_size(call, MULTIPLIER, MOST);
    uint32_t window_height = tw_size(call, WINDOW_HEIGHT, MOST);
    uint32_t window_width = tw_size(call, WINDOW_WIDTH, MOST);
    uint32_t stride_y = tw_size(call, STRIDE_Y, MOST), stride_x = tw_size(call, STRIDE_X, MOST);
    uint32_t dilation_y = tw_size(call, DILATION_Y, MOST);
    uint32_t dilation_x = tw_size(call, DILATION_X, MOST);
    uint32_t top = tw_size(call, TOP, MOST), left = tw_size(call, LEFT, MOST);
    if (height == 0 || width == 0 || depth == 0 || out_height == 0 || out_width == 0 ||
        multiplier == 0 || window_height == 0 || window_width == 0) {
        tw_refuse(call);
    }
    // every y and x of a tap: from −pad to these
    if (tw_times(call, out_height, stride_y) + tw_times(call, window_height, dilation_y) > MOST ||
        tw_times(call, out_width, stride_x) + tw_times(call, window_width, dilation_x) > MOST) {
        tw_refuse(call);
    }
    uint64_t outputs = tw_times(call, depth, multiplier);
    uint64_t taps = tw_times(call, window_height, window_width);
    uint64_t in_bytes = tw_times(call, tw_times(call, height, width), depth);
    uint64_t out_bytes = tw_times(call, tw_times(call, out_height, out_width), outputs);
    uint64_t weight_bytes = tw_times(call, tw_times(call, taps, outputs), wide ? 2 : 1);
    uint64_t tap_bytes = tw_times(call, taps, sizeof(const int8_t *));
    uint64_t scratch_bytes = tap_bytes + depth;
    if (in_bytes > INT32_MAX || weight_bytes > INT32_MAX) {
        tw_refuse(call);
    }
    uint8_t *scratch = tw_writable(call, tw_arg_u(call, SCRATCH), scratch_bytes, 4);
    *d = (tw_depthwise_t){
        .input = tw_readable(call, tw_arg_u(call, INPUT), in_bytes, 1),
        .weights = tw_readable(call, tw_arg_u(call, WEIGHTS), weight_bytes, wide ? 2 : 1),
        .wide = wide,
        .output = tw_writable(call, tw_arg_u(call, OUTPUT), out_bytes, 1),
        .stage = tw_stage(call, tw_arg_u(call, STAGE), outputs),
        .height = (int32_t)height, .width = (int32_t)width, .depth = (int32_t)depth,
        .out_height = (int32_t)out_height, .out_width = (int32_t)out_width,
        .multiplier = (int32_t)multiplier, .window_height = (int32_t)window_height,
        .window_width = (int32_t)window_width, .stride_y = (int32_t)stride_y,
        .stride_x = (int32_t)stride_x, .dilation_y = (int32_t)dilation_y,
        .dilation_x = (int32_t)dilation_x, .top = (int32_t)top, .left = (int32_t)left,
    };
    if (call->refused) {
        return false;
    }
    d->taps = scratch;
    d->outside = (int8_t *)scratch + tap_bytes;
    const struct {
        const void *at;
        uint64_t bytes;
    } read[] = {
        {d->input, in_bytes}, {d->weights, weight_bytes}, {d->stage, tw_stage_bytes(outputs)}};
    for (size_t k = 0; k < sizeof read / sizeof read[0]; ++k) {
        tw_apart(call, d->output, out_bytes, read[k].at, read[k].bytes);
        tw_apart(call, scratch, scratch_bytes, read[k].at, read[k].bytes);
    }
    tw_apart(call, d->output, out_bytes, scratch, scratch_bytes);
    return !call->refused;
}

static void convolve(tw_call_t *call, bool wide) {
    tw_depthwise_t d;
    if (!check(call, &d, wide)) {
        return;
    }
    memset(d.outside, tw_arg(call, INPUT_ZERO), (size_t)d.depth);
    int8_t *out = d.output;
    for (int32_t y = 0; y < d.out_height; ++y) {
        for (int32_t x = 0; x < d.out_width; ++x) {
            find_taps(&d, y * d.stride_y - d.top, x * d.stride_x - d.left);
            position(&d, out);
            out += d.depth * d.multiplier;
        }
    }
}

void tw_kernel_depthwiseConv2d(tw_call_t *call);
void tw_kernel_depthwiseConv2d_i16(tw_call_t *call);

void tw_kernel_depthwiseConv2d(tw_call_t *call) {
    convolve(call, false);
}

void tw_kernel_depthwiseConv2d_i16(tw_call_t *call) {
    convolve(call, true);
}
