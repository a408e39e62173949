#include "tw_depthwise_3x3.h"

#include "tw_dot.h"

#if TW_DSP

#include "tw_dsp.h"

// What is staged of a column of three pixels, for one channel: the first two lines side by side, and the third.
typedef struct tw_column {
    uint32_t pair, third;
} tw_column_t;

#define CHANNELS 4 // at a time: a word of the image

// The columns of four channels, one channel after the other, `columns` of each.
static void stage_four(tw_column_t *to, int32_t columns, uint32_t a0, uint32_t a1, uint32_t a2) {
    uint32_t even0 = tw_sxtb16(a0), even1 = tw_sxtb16(a1), even2 = tw_sxtb16(a2);
    uint32_t odd0 = tw_sxtb16_odd(a0), odd1 = tw_sxtb16_odd(a1), odd2 = tw_sxtb16_odd(a2);
    to[0] = (tw_column_t){tw_low_halves(even0, even1), even2};
    to += columns;
    to[0] = (tw_column_t){tw_low_halves(odd0, odd1), odd2};
    to += columns;
    to[0] = (tw_column_t){tw_high_halves(even0, even1), even2 >> 16};
    to += columns;
    to[0] = (tw_column_t){tw_high_halves(odd0, odd1), odd2 >> 16};
}

// Up to four channels' bytes, which need not be followed by others.
static uint32_t load(const int8_t *at, uint32_t count) {
    uint32_t word = 0;
    for (uint32_t k = 0; k < count; ++k) {
        word |= (uint32_t)(uint8_t)at[k] << 8 * k;
    }
    return word;
}

static void stage_line(const tw_depthwise_3x3_t *d, uint32_t first, uint32_t count, int32_t line) {
    tw_column_t *to = d->scratch;
    int32_t columns = d->out_length + 2;
    uint32_t zero = (uint32_t)(uint8_t)d->input_zero * 0x01010101u;
    const int8_t *at[3];
    for (int32_t k = 0; k < 3; ++k) {
        bool inside = (uint32_t)(line + k) < (uint32_t)d->lines;
        at[k] = inside ? d->input + first + (line + k) * d->line_step : NULL;
    }
    for (int32_t k = 0, x = -d->pad; k < columns; ++k, ++x, ++to) {
        uint32_t a0 = zero, a1 = zero, a2 = zero;
        if ((uint32_t)x < (uint32_t)d->length) {
            int32_t from = x * d->step;
            if (count == CHANNELS) {
                a0 = at[0] != NULL ? tw_load32(at[0] + from) : zero;
                a1 = at[1] != NULL ? tw_load32(at[1] + from) : zero;
                a2 = at[2] != NULL ? tw_load32(at[2] + from) : zero;
            } else {
                a0 = at[0] != NULL ? load(at[0] + from, count) : zero;
                a1 = at[1] != NULL ? load(at[1] + from, count) : zero;
                a2 = at[2] != NULL ? load(at[2] + from, count) : zero;
            }
        }
        stage_four(to, columns, a0, a1, a2);
    }
}

static inline uint32_t halves(int32_t low, int32_t high) {
    return (uint32_t)(uint16_t)low | (uint32_t)high << 16;
}

// One line of one channel. What a column adds to three outputs is carried along in place of the column.
static inline __attribute__((always_inline)) void
slide(const tw_depthwise_3x3_t *d, const tw_column_t *column, const int8_t *w, int8_t *out,
      const tw_channel_t *channel, bool usual) {
    uint32_t w0 = halves(w[2], w[1]), w1 = halves(w[5], w[4]), w2 = halves(w[8], w[7]);
    uint32_t third01 = halves(w[0], w[3]);
    uint32_t third2 = halves(w[6], 0);
    int32_t q = channel->q;
    uint64_t constant = tw_constant(channel);
    uint32_t shift = channel->shift;
    int32_t out_step = d->out_step;
    int32_t first = tw_smlabb(column->third, third01, tw_smlad(column->pair, w0, 0));
    ++column;
    int32_t second = tw_smlabb(column->third, third01, tw_smlad(column->pair, w0, 0));
    first = tw_smlabt(column->third, third01, tw_smlad(column->pair, w1, first));
    ++column;
    for (const tw_column_t *end = column + d->out_length; column < end; ++column) {
        uint32_t pair = column->pair, third = column->third;
        int32_t sum = tw_smlabb(third, third2, tw_smlad(pair, w2, first));
        first = tw_smlabt(third, third01, tw_smlad(pair, w1, second));
        second = tw_smlabb(third, third01, tw_smlad(pair, w0, 0));
        *out = usual ? tw_requantize_usual(sum, constant, q, shift)
                     : tw_requantize(sum, channel, d->stage);
        out += out_step;
    }
}

void tw_depthwise_3x3_channels(const tw_depthwise_3x3_t *d, uint32_t first, uint32_t count) {
    for (int32_t out_line = 0; out_line < d->out_lines; ++out_line) {
        stage_line(d, first, count, out_line * d->line_stride - d->line_pad);
        const tw_column_t *columns = d->scratch;
        int8_t *out = d->output + first + out_line * d->out_line_step;
        for (uint32_t c = 0; c < count; ++c, columns += d->out_length + 2, ++out) {
            const tw_channel_t *channel = d->stage->channel + first + c;
            const int8_t *w = d->weights + 9 * (first + c);
            if (tw_is_usual(channel, d->stage)) {
                slide(d, columns, w, out, channel, true);
            } else {
                slide(d, columns, w, out, channel, false);
            }
        }
    }
}

#endif
