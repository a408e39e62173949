// CONV_2D and FULLY_CONNECTED: what assembly/layers/conv-2d.mvp.ts defines, on the same weights and stage.
#include "tw_dot.h"
#include "tw_stage.h"

#include <string.h>

typedef struct tw_conv_2d {
    const int8_t *input, *weights;
    int8_t *output;
    const tw_stage_t *stage;
    const tw_stores_t *stores;
    int8_t *outside; // a row of the window in the input's zero point
    tw_tap_t *taps;
    int32_t weight_zero; // of weights that have a zero point
    uint32_t blocks;     // of four taps, in a window
    uint32_t row;        // bytes of the window's rows
    int32_t height, width, depth, out_width;
    uint32_t positions, channels;
    int32_t window_height, window_width, stride_y, stride_x, dilation_y, dilation_x, top, left;
} tw_conv_2d_t;

enum {
    INPUT, OUTPUT, WEIGHTS, STAGE, SCRATCH, LANE, INPUT_ZERO, HEIGHT, WIDTH, DEPTH, OUT_HEIGHT,
    OUT_WIDTH, CHANNELS, WINDOW_HEIGHT, WINDOW_WIDTH, STRIDE_Y, STRIDE_X, DILATION_Y, DILATION_X,
    TOP, LEFT, WEIGHT_ZERO,
};

// Sizes and strides whose products of two stay within i32, with room to add a few of them.
#define MOST 0x3fff0000u

static const int8_t *pixel(const tw_conv_2d_t *c, int32_t y, int32_t x) {
    bool inside = (uint32_t)y < (uint32_t)c->height && (uint32_t)x < (uint32_t)c->width;
    return inside ? c->input + (y * c->width + x) * c->depth : c->outside;
}

// Calls `put` with every piece of a position's window: whole rows where they lie within the image.
static __attribute__((noinline)) void
window(const tw_conv_2d_t *c, uint32_t position, uint32_t to,
       void (*put)(const tw_conv_2d_t *c, uint32_t to, uint32_t k, const int8_t *taps, uint32_t n)) {
    int32_t out_y = (int32_t)position / c->out_width;
    int32_t out_x = (int32_t)position - out_y * c->out_width;
    int32_t y = out_y * c->stride_y - c->top, x = out_x * c->stride_x - c->left;
    bool whole = c->dilation_x == 1 && x >= 0 && x + c->window_width <= c->width;
    uint32_t k = 0;
    for (int32_t ky = 0; ky < c->window_height; ++ky, y += c->dilation_y) {
        if (whole) {
            put(c, to, k, pixel(c, y, x), c->row);
            k += c->row;
        } else {
            for (int32_t kx = 0; kx < c->window_width; ++kx, k += (uint32_t)c->depth) {
                put(c, to, k, pixel(c, y, x + kx * c->dilation_x), (uint32_t)c->depth);
            }
        }
    }
}

static void put_taps(const tw_conv_2d_t *c, uint32_t to, uint32_t k, const int8_t *taps,
                            uint32_t n) {
    tw_put_taps(c->taps, to, k, taps, n);
}

static void put_bytes(const tw_conv_2d_t *c, uint32_t to, uint32_t k, const int8_t *taps,
                             uint32_t n) {
    (void)to;
    memcpy((int8_t *)c->taps + k, taps, n);
}

// Σ (w − zero) · x = Σ w · x − zero · Σ x
static int32_t correction(const tw_conv_2d_t *c, uint32_t position) {
    int32_t sum = 0;
    if (c->weight_zero != 0) {
        int32_t out_y = (int32_t)position / c->out_width;
        int32_t out_x = (int32_t)position - out_y * c->out_width;
        for (int32_t ky = 0; ky < c->window_height; ++ky) {
            for (int32_t kx = 0; kx < c->window_width; ++kx) {
                const int8_t *at = pixel(c, out_y * c->stride_y - c->top + ky * c->dilation_y,
                                         out_x * c->stride_x - c->left + kx * c->dilation_x);
                for (int32_t k = 0; k < c->depth; ++k) {
                    sum += at[k];
                }
            }
        }
    }
    return (int32_t)(0u - (uint32_t)sum * (uint32_t)c->weight_zero);
}

// Adds what the weights' zero point takes from the sums of each position.
static void correct(const tw_conv_2d_t *c, int32_t *sums, uint32_t channels, const int32_t *more,
                    uint32_t positions) {
    for (uint32_t k = 0; c->weight_zero != 0 && k < channels; ++k) {
        for (uint32_t p = 0; p < positions; ++p, ++sums) {
            *sums = (int32_t)((uint32_t)*sums + (uint32_t)more[p]);
        }
    }
}

static void some_positions(const tw_conv_2d_t *c, uint32_t position) {
    int32_t more[TW_POSITIONS];
    for (uint32_t p = 0; p < TW_POSITIONS; ++p) {
        window(c, position + p, p, put_taps);
        tw_end_taps(c->taps, p, (uint32_t)c->window_height * c->row);
        more[p] = correction(c, position + p);
    }
    const tw_channel_t *channel = c->stage->channel;
    int8_t *out = c->output + position * c->channels;
    const int8_t *block = c->weights;
    for (uint32_t n = 0; n < c->channels; block += c->blocks * TW_BLOCK) {
        const int8_t *w = block;
        uint32_t end = c->channels - n < TW_CHANNELS ? c->channels : n + TW_CHANNELS;
        for (; n < end; n += TW_PASS, w += TW_PASS * TW_TAPS) {
            int32_t sums[TW_PASS * TW_POSITIONS];
            tw_dot_pass(w, c->taps, c->blocks, sums);
            correct(c, sums, TW_PASS, more, TW_POSITIONS);
            uint32_t pass = end - n < TW_PASS ? end - n : TW_PASS; // the last ones may have no neighbours
            c->stores->pass(c->stage, channel + n, pass, sums, out + n, c->channels);
        }
        n = end;
    }
}

// Where a window is the input as it lies, in whole blocks, nothing is gathered.
static const int8_t *taps_of(const tw_conv_2d_t *c, uint32_t position) {
    uint32_t taps = (uint32_t)c->window_height * c->row;
    bool pixels = c->window_height == 1 && c->window_width == 1 && c->stride_x == 1 &&
                  c->stride_y == 1 && c->out_width == c->width;
    bool image = c->positions == 1 && c->window_height == c->height &&
                 c->window_width == c->width && (c->dilation_x | c->dilation_y) == 1;
    const int8_t *at = c->input + position * taps;
    if ((pixels || image) && (c->top | c->left) == 0 && taps % TW_TAPS == 0 &&
        (uintptr_t)at % TW_FOUR_ALIGN == 0) {
        return at;
    }
    window(c, position, 0, put_bytes);
    memset((int8_t *)c->taps + taps, 0, c->blocks * TW_TAPS - taps);
    return (const int8_t *)c->taps;
}

static void one_position(const tw_conv_2d_t *c, uint32_t position) {
    const int8_t *taps = taps_of(c, position);
    int32_t more = correction(c, position);
    int8_t *out = c->output + position * c->channels;
    const int8_t *w = c->weights;
    for (uint32_t n = 0; n < c->channels; n += 4) {
        int32_t sums[4];
        tw_dot_four(w, taps, c->blocks, sums);
        correct(c, sums, 4, &more, 1);
        uint32_t pass = c->channels - n < 4 ? c->channels - n : 4;
        c->stores->one(c->stage, c->stage->channel + n, pass, sums, out + n, 0);
        // the other half of a block, or the next one
        w += n % TW_CHANNELS == 0 ? 4 * TW_TAPS : c->blocks * TW_BLOCK - 4 * TW_TAPS;
    }
}

// The bounds of two and more factors: what is left lies within memory that there is.
static __attribute__((cold)) bool check(tw_call_t *call, tw_conv_2d_t *c) {
    uint32_t height = tw_size(call, HEIGHT, MOST), width = tw_size(call, WIDTH, MOST);
    uint32_t depth = tw_size(call, DEPTH, MOST), out_height = tw_size(call, OUT_HEIGHT, MOST);
    uint32_t out_width = tw_size(call, OUT_WIDTH, MOST), channels = tw_size(call, CHANNELS, MOST);
    uint32_t window_height = tw_size(call, WINDOW_HEIGHT, MOST);
    uint32_t window_width = tw_size(call, WINDOW_WIDTH, MOST);
    uint32_t stride_y = tw_size(call, STRIDE_Y, MOST), stride_x = tw_size(call, STRIDE_X, MOST);
    uint32_t dilation_y = tw_size(call, DILATION_Y, MOST);
    uint32_t dilation_x = tw_size(call, DILATION_X, MOST);
    uint32_t top = tw_size(call, TOP, MOST), left = tw_size(call, LEFT, MOST);
    if (height == 0 || width == 0 || depth == 0 || out_height == 0 || out_width == 0 ||
        channels == 0 || window_height == 0 || window_width == 0) {
        tw_refuse(call);
    }
    // every y and x of a tap: from −pad to these
    if (tw_times(call, out_height, stride_y) + tw_times(call, window_height, dilation_y) > MOST ||
        tw_times(call, out_width, stride_x) + tw_times(call, window_width, dilation_x) > MOST) {
        tw_refuse(call);
    }
    uint64_t row = tw_times(call, window_width, depth);
    uint64_t taps = tw_times(call, row, window_height);
    uint64_t positions = tw_times(call, out_height, out_width);
    uint64_t in_bytes = tw_times(call, tw_times(call, height, width), depth);
    uint64_t out_bytes = tw_times(call, positions, channels);
    uint64_t blocks = (taps + TW_TAPS - 1) / TW_TAPS;
    uint64_t weight_bytes =
        tw_times(call, blocks * TW_BLOCK, (channels + TW_CHANNELS - 1) / TW_CHANNELS);
    uint64_t outside_bytes = (row + 3) & ~3ull;
    uint64_t scratch_bytes = outside_bytes + TW_PASS_BYTES(blocks);
    const void *input = tw_readable(call, tw_arg_u(call, INPUT), in_bytes, 1);
    int8_t *output = tw_writable(call, tw_arg_u(call, OUTPUT), out_bytes, 1);
    const void *weights = tw_readable(call, tw_arg_u(call, WEIGHTS), weight_bytes, 4);
    const tw_stage_t *stage = tw_stage(call, tw_arg_u(call, STAGE), channels);
    int8_t *scratch = tw_writable(call, tw_arg_u(call, SCRATCH), scratch_bytes, 4);
    if (call->refused) {
        return false;
    }
    const struct {
        const void *at;
        uint64_t bytes;
    } read[] = {{input, in_bytes}, {weights, weight_bytes}, {stage, tw_stage_bytes(channels)}};
    for (size_t k = 0; k < sizeof read / sizeof read[0]; ++k) {
        tw_apart(call, output, out_bytes, read[k].at, read[k].bytes);
        tw_apart(call, scratch, scratch_bytes, read[k].at, read[k].bytes);
    }
    tw_apart(call, output, out_bytes, scratch, scratch_bytes);
    *c = (tw_conv_2d_t){
        .input = input, .weights = weights, .output = output, .stage = stage, .outside = scratch,
        .taps = (tw_tap_t *)(void *)(scratch + outside_bytes), .blocks = (uint32_t)blocks,
        .row = (uint32_t)row, .height = (int32_t)height, .width = (int32_t)width,
        .depth = (int32_t)depth, .out_width = (int32_t)out_width,
        .positions = (uint32_t)positions, .channels = channels,
        .window_height = (int32_t)window_height, .window_width = (int32_t)window_width,
        .stride_y = (int32_t)stride_y, .stride_x = (int32_t)stride_x,
        .dilation_y = (int32_t)dilation_y, .dilation_x = (int32_t)dilation_x,
        .top = (int32_t)top, .left = (int32_t)left,
    };
    return !call->refused;
}

static void convolve(tw_call_t *call, int32_t weight_zero) {
    tw_conv_2d_t c;
    if (!check(call, &c)) {
        return;
    }
    c.weight_zero = weight_zero;
    memset(c.outside, tw_arg(call, INPUT_ZERO), c.row);
    c.stores = tw_stores(c.stage, c.channels);
    uint32_t position = 0;
    for (; c.positions - position >= TW_POSITIONS; position += TW_POSITIONS) {
        some_positions(&c, position);
    }
    for (; position < c.positions; ++position) {
        one_position(&c, position);
    }
}

void tw_kernel_conv2d(tw_call_t *call);
void tw_kernel_conv2d_u8(tw_call_t *call);

void tw_kernel_conv2d(tw_call_t *call) {
    convolve(call, 0);
}

void tw_kernel_conv2d_u8(tw_call_t *call) {
    convolve(call, tw_arg(call, WEIGHT_ZERO));
}
