// The portable form: RV32, and this computer.
#include "tw_dot.h"

#if !TW_DSP && !TW_ARMV6M

#if defined(__riscv)
// Of 28 registers all are in use: loads that are moved forward would put sums on the stack.
#pragma GCC optimize("no-schedule-insns")
#endif

// sum + a · b. On RV32 in assembly, for the same reason: products that are kept for later.
static inline int32_t mac(int32_t sum, int32_t a, int32_t b) {
#if defined(__riscv_mul)
    int32_t product;
    __asm__("mul %1, %2, %3\n\tadd %0, %0, %1" : "+r"(sum), "=&r"(product) : "r"(a), "r"(b));
    return sum;
#else
    return sum + a * b;
#endif
}

// One tap of four channels and four positions: `byte` is the weight's place among four.
#define CHANNEL(s, w)                                                                              \
    s##0 = mac(s##0, w, x0), s##1 = mac(s##1, w, x1), s##2 = mac(s##2, w, x2),                     \
    s##3 = mac(s##3, w, x3);
#define TAP(k, byte)                                                                               \
    {                                                                                              \
        int32_t x0 = x[4 * (k)], x1 = x[4 * (k) + 1], x2 = x[4 * (k) + 2], x3 = x[4 * (k) + 3];    \
        int32_t a = w[byte], b = w[4 + (byte)];                                                    \
        CHANNEL(s0, a)                                                                             \
        a = w[8 + (byte)];                                                                         \
        CHANNEL(s1, b)                                                                             \
        b = w[12 + (byte)];                                                                        \
        CHANNEL(s2, a)                                                                             \
        CHANNEL(s3, b)                                                                             \
    }

void tw_dot_pass(const int8_t *w, const tw_tap_t *x, uint32_t blocks,
                 int32_t sums[TW_PASS * TW_POSITIONS]) {
    int32_t s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
    int32_t s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
    const tw_tap_t *end = x + TW_PASS_BYTES(blocks);
    for (; x < end; x += TW_TAPS * TW_POSITIONS, w += TW_BLOCK) {
        TAP(0, 0)
        TAP(1, 2)
        TAP(2, 1)
        TAP(3, 3)
    }
    sums[0] = s00, sums[1] = s01, sums[2] = s02, sums[3] = s03;
    sums[4] = s10, sums[5] = s11, sums[6] = s12, sums[7] = s13;
    sums[8] = s20, sums[9] = s21, sums[10] = s22, sums[11] = s23;
    sums[12] = s30, sums[13] = s31, sums[14] = s32, sums[15] = s33;
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
