#include "tw_depthwise_3x3.h"

#include "tw_dot.h"

#if TW_DSP

#include "tw_dsp.h"

// Two lines of outputs at a time. What is staged of a column of one channel: four pixels, of neighbouring lines.
typedef struct tw_column {
    uint32_t p01, p23;
} tw_column_t;

#define CHANNELS 4 // at a time: a word of the image

// The columns of four channels, one channel after the other, `columns` of each.
static inline void stage_four(tw_column_t *to, int32_t columns, uint32_t a0, uint32_t a1,
                              uint32_t a2, uint32_t a3) {
    uint32_t even0 = tw_sxtb16(a0), even1 = tw_sxtb16(a1), even2 = tw_sxtb16(a2);
    uint32_t odd0 = tw_sxtb16_odd(a0), odd1 = tw_sxtb16_odd(a1), odd2 = tw_sxtb16_odd(a2);
    uint32_t even3 = tw_sxtb16(a3), odd3 = tw_sxtb16_odd(a3);
    to[0] = (tw_column_t){tw_low_halves(even0, even1), tw_low_halves(even2, even3)};
    to += columns;
    to[0] = (tw_column_t){tw_low_halves(odd0, odd1), tw_low_halves(odd2, odd3)};
    to += columns;
    to[0] = (tw_column_t){tw_high_halves(even0, even1), tw_high_halves(even2, even3)};
    to += columns;
    to[0] = (tw_column_t){tw_high_halves(odd0, odd1), tw_high_halves(odd2, odd3)};
}

// Columns outside of the image, and of fewer channels.
static __attribute__((noinline)) void stage_rest(tw_column_t *to, int32_t columns,
                                                 const uint32_t a[4]) {
    stage_four(to, columns, a[0], a[1], a[2], a[3]);
}

// Four lines, of which the first is this one.
static void stage_lines(const tw_depthwise_3x3_t *d, uint32_t first, uint32_t count, int32_t line) {
    tw_column_t *to = d->scratch;
    int32_t columns = d->out_length + 2;
    uint32_t zero = (uint32_t)(uint8_t)d->input_zero * 0x01010101u;
    const uint32_t outside[4] = {zero, zero, zero, zero};
    const int8_t *at[4];
    int32_t step[4]; // a line outside of the image stands still
    for (int32_t k = 0; k < 4; ++k) {
        bool inside = (uint32_t)(line + k) < (uint32_t)d->lines;
        at[k] = inside ? d->input + first + (line + k) * d->line_step : (const int8_t *)&zero;
        step[k] = inside ? d->step : 0;
    }
    int32_t x = -d->pad, end = x + columns;
    for (; x < end && x < 0; ++x) {
        stage_rest(to++, columns, outside);
    }
    int32_t within = end < d->length ? end : d->length;
    if (count == CHANNELS) {
        const int8_t *at0 = at[0], *at1 = at[1], *at2 = at[2], *at3 = at[3];
        for (; x < within; ++x) {
            stage_four(to++, columns, tw_load32(at0), tw_load32(at1), tw_load32(at2),
                       tw_load32(at3));
            at0 += step[0], at1 += step[1], at2 += step[2], at3 += step[3];
        }
    }
    for (; x < within; ++x) {
        uint32_t a[4] = {0};
        for (size_t k = 0; k < 4; at[k] += step[k], ++k) {
            memcpy(&a[k], at[k], count); // nothing lies behind the last channel's byte
        }
        stage_rest(to++, columns, a);
    }
    for (; x < end; ++x) {
        stage_rest(to++, columns, outside);
    }
}

static inline uint32_t halves(int32_t low, int32_t high) {
    return (uint32_t)(uint16_t)low | (uint32_t)high << 16;
}

// The three columns of a channel's weights, each as lines (0, 1) and (1, 2).
typedef struct tw_windows {
    uint32_t a01, a12, b01, b12, c01, c12;
} tw_windows_t;

// A column: f and s are the sums of two outputs that it is the last and the middle one of, of both lines.
#define COLUMN(f1, f2, s1, s2)                                                                     \
    "ldrd r11, r12, [r0], #8\n"                                                                    \
    "smlad " f1 ", r11, r6, " f1 "\n"                                                              \
    "smlad " f2 ", r12, lr, " f2 "\n"                                                              \
    "smlabt " f1 ", r12, lr, " f1 "\n"                                                             \
    "smlatb " f2 ", r11, r6, " f2 "\n"                                                             \
    "strd " f1 ", " f2 ", [r0, #-8]\n"                                                             \
    "smlad " s1 ", r11, r4, " s1 "\n"                                                              \
    "smlad " s2 ", r12, r5, " s2 "\n"                                                              \
    "smlabt " s1 ", r12, r5, " s1 "\n"                                                             \
    "smlatb " s2 ", r11, r4, " s2 "\n"                                                             \
    "smuad " f1 ", r11, r2\n"                                                                      \
    "smuad " f2 ", r12, r3\n"                                                                      \
    "smlabt " f1 ", r12, r3, " f1 "\n"                                                             \
    "smlatb " f2 ", r11, r2, " f2 "\n"

// Puts the sums of both lines in place of each column but the first two, whose places get what nobody reads. What a column adds to
// three outputs is carried along. In assembly, because all fourteen registers are in use.
__attribute__((naked, noinline)) static void
slide(tw_column_t *column __attribute__((unused)), const tw_column_t *end __attribute__((unused)),
      const tw_windows_t *w __attribute__((unused))) {
    __asm__ volatile("push {r4-r11, lr}\n"
                     "ldmia r2, {r2-r6, lr}\n"
                     "movs r7, #0\n"
                     "mov r8, r7\n"
                     "mov r9, r7\n"
                     "mov r10, r7\n"
                     "1:\n" COLUMN("r7", "r8", "r9", "r10") "cmp r0, r1\n"
                     "beq 2f\n" COLUMN("r9", "r10", "r7", "r8") "cmp r0, r1\n"
                     "bne 1b\n"
                     "2:\n"
                     "pop {r4-r11, pc}\n");
}

// One line of outputs from every second sum.
static inline __attribute__((always_inline)) void
store_as(tw_kind_t kind, const int32_t *sums, const int32_t *end, int8_t *out, int32_t step,
         const tw_channel_t *channel, const tw_stage_t *stage) {
    const tw_scale_t scale = tw_scale(channel, stage);
    for (; sums < end; sums += 2, out += step) {
        *out = tw_requantize_as(kind, *sums, &scale, channel, stage);
    }
}

static __attribute__((noinline)) void store(const int32_t *sums, const int32_t *end, int8_t *out,
                                            int32_t step, const tw_channel_t *channel,
                                            const tw_stage_t *stage) {
    tw_kind_t kind = tw_kind(channel, stage);
    if (kind == TW_USUAL_PLAIN) {
        store_as(TW_USUAL_PLAIN, sums, end, out, step, channel, stage);
    } else if (kind == TW_USUAL_BRACKET) {
        store_as(TW_USUAL_BRACKET, sums, end, out, step, channel, stage);
    } else {
        store_as(TW_UNUSUAL, sums, end, out, step, channel, stage);
    }
}

void tw_depthwise_3x3_channels(const tw_depthwise_3x3_t *d, uint32_t first, uint32_t count) {
    int32_t lines = d->line_stride == 1 ? 2 : 1;
    for (int32_t line = 0; line < d->out_lines; line += lines) {
        stage_lines(d, first, count, line * d->line_stride - d->line_pad);
        tw_column_t *columns = d->scratch;
        int8_t *out = d->output + first + line * d->out_line_step;
        for (uint32_t c = 0; c < count; ++c, ++out) {
            const int8_t *w = d->weights + 9 * (first + c);
            const tw_windows_t windows = {
                halves(w[2], w[1]), halves(w[1], w[0]), halves(w[5], w[4]),
                halves(w[4], w[3]), halves(w[8], w[7]), halves(w[7], w[6]),
            };
            tw_column_t *end = columns + d->out_length + 2;
            slide(columns, end, &windows);
            const int32_t *sums = (const int32_t *)(columns + 2);
            const int32_t *last = (const int32_t *)end;
            const tw_channel_t *channel = d->stage->channel + first + c;
            store(sums, last, out, d->out_step, channel, d->stage);
            if (lines == 2 && line + 1 < d->out_lines) {
                store(sums + 1, last, out + d->out_line_step, d->out_step, channel, d->stage);
            }
            columns = end;
        }
    }
}

#endif
