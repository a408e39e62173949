// The portable form: RV32, Cortex-M0+, and this computer.
#include "tw_dot.h"

#if !TW_DSP

#include <string.h>

void tw_put_taps(tw_tap_t *x, uint32_t blocks, uint32_t position, uint32_t k, const int8_t *taps,
                 uint32_t n) {
    memcpy(x + position * blocks * TW_TAPS + k, taps, n);
}

void tw_end_taps(tw_tap_t *x, uint32_t blocks, uint32_t position, uint32_t k) {
    for (; k % TW_TAPS != 0; ++k) {
        x[position * blocks * TW_TAPS + k] = 0;
    }
}

void tw_dot_two(const int8_t *w, const tw_tap_t *x, uint32_t blocks, int32_t sums[4]) {
    const int8_t *a = x, *b = x + blocks * TW_TAPS;
    const int8_t *end = b;
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (; a < end; a += TW_TAPS, b += TW_TAPS, w += TW_BLOCK) {
        int32_t xa = a[0], xb = b[0], w0 = w[0], w1 = w[4];
        s0 += w0 * xa;
        s1 += w0 * xb;
        s2 += w1 * xa;
        s3 += w1 * xb;
        xa = a[1], xb = b[1], w0 = w[2], w1 = w[6];
        s0 += w0 * xa;
        s1 += w0 * xb;
        s2 += w1 * xa;
        s3 += w1 * xb;
        xa = a[2], xb = b[2], w0 = w[1], w1 = w[5];
        s0 += w0 * xa;
        s1 += w0 * xb;
        s2 += w1 * xa;
        s3 += w1 * xb;
        xa = a[3], xb = b[3], w0 = w[3], w1 = w[7];
        s0 += w0 * xa;
        s1 += w0 * xb;
        s2 += w1 * xa;
        s3 += w1 * xb;
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

void tw_dot_four(const int8_t *w, const int8_t *taps, uint32_t blocks, int32_t sums[4]) {
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (const int8_t *end = taps + blocks * TW_TAPS; taps < end; taps += TW_TAPS, w += TW_BLOCK) {
        int32_t x = taps[0];
        s0 += x * w[0];
        s1 += x * w[4];
        s2 += x * w[8];
        s3 += x * w[12];
        x = taps[1];
        s0 += x * w[2];
        s1 += x * w[6];
        s2 += x * w[10];
        s3 += x * w[14];
        x = taps[2];
        s0 += x * w[1];
        s1 += x * w[5];
        s2 += x * w[9];
        s3 += x * w[13];
        x = taps[3];
        s0 += x * w[3];
        s1 += x * w[7];
        s2 += x * w[11];
        s3 += x * w[15];
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

#endif
