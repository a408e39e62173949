#include "tw_dot.h"

#if TW_DSP

#include "tw_dsp.h"

// A block is 16 bytes: taps (0, 1) and (2, 3) of the first position, then of the second.
#define PAIR 4u // i16 from a position's taps to the other's, and
#define STEP 8u // from a block to the next

void tw_put_taps(tw_tap_t *x, uint32_t position, uint32_t k, const int8_t *taps, uint32_t n) {
    x += position * PAIR;
    if (k % TW_TAPS == 0) {
        uint32_t *to = (uint32_t *)(void *)(x + k / TW_TAPS * STEP);
        for (; n >= TW_TAPS; n -= TW_TAPS, k += TW_TAPS, taps += TW_TAPS, to += STEP / 2) {
            uint32_t four = tw_load32(taps);
            uint32_t even = tw_sxtb16(four), odd = tw_sxtb16_odd(four);
            to[0] = tw_low_halves(even, odd);
            to[1] = tw_high_halves(even, odd);
        }
    }
    for (; n > 0; --n, ++k) {
        x[k / TW_TAPS * STEP + k % TW_TAPS] = *taps++;
    }
}

void tw_end_taps(tw_tap_t *x, uint32_t position, uint32_t k) {
    for (; k % TW_TAPS != 0; ++k) {
        x[position * PAIR + k / TW_TAPS * STEP + k % TW_TAPS] = 0;
    }
}

// One block: the weights of two channels are two words, the taps four. r4 to r7 are the sums.
#define BLOCK                                                                                      \
    "ldrd r2, r3, [r0], #32\n"                                                                     \
    "ldmia r1!, {r8, r9, r10, r11}\n"                                                              \
    "sxtb16 r12, r2\n"                                                                             \
    "sxtb16 r2, r2, ror #8\n"                                                                      \
    "smlad r4, r12, r8, r4\n"                                                                      \
    "smlad r5, r12, r10, r5\n"                                                                     \
    "sxtb16 r12, r3\n"                                                                             \
    "smlad r4, r2, r9, r4\n"                                                                       \
    "smlad r5, r2, r11, r5\n"                                                                      \
    "sxtb16 r3, r3, ror #8\n"                                                                      \
    "smlad r6, r12, r8, r6\n"                                                                      \
    "smlad r7, r12, r10, r7\n"                                                                     \
    "smlad r6, r3, r9, r6\n"                                                                       \
    "smlad r7, r3, r11, r7\n"

// In assembly, because all fourteen registers are in use: the compiler keeps some of these on the stack.
__attribute__((naked, noinline)) void tw_dot_pass(const int8_t *w __attribute__((unused)),
                                                  const tw_tap_t *x __attribute__((unused)),
                                                  uint32_t blocks __attribute__((unused)),
                                                  int32_t sums[4] __attribute__((unused))) {
    __asm__ volatile("push {r3-r11, lr}\n"
                     "add lr, r1, r2, lsl #4\n" // the end of x
                     "movs r4, #0\n"
                     "movs r5, #0\n"
                     "movs r6, #0\n"
                     "movs r7, #0\n"
                     "cmp r2, #0\n"
                     "beq.w 3f\n"
                     "lsls r2, r2, #31\n" // an odd number of blocks: one first
                     "beq 2f\n"
                     "1:\n" BLOCK "cmp r1, lr\n"
                     "beq 3f\n"
                     "2:\n" BLOCK BLOCK "cmp r1, lr\n"
                     "bne 2b\n"
                     "3:\n"
                     "pop {r3}\n"
                     "stmia r3, {r4-r7}\n"
                     "pop {r4-r11, pc}\n");
}

void tw_dot_four(const int8_t *w, const int8_t *taps, uint32_t blocks, int32_t sums[4]) {
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (const int8_t *end = taps + blocks * TW_TAPS; taps < end; taps += TW_TAPS, w += TW_BLOCK) {
        uint32_t four = tw_load32(taps);
        uint32_t even = tw_sxtb16(four), odd = tw_sxtb16_odd(four);
        uint32_t first = tw_low_halves(even, odd), last = tw_high_halves(even, odd);
        const uint32_t *row = (const uint32_t *)(const void *)w;
        s0 = tw_smlad(tw_sxtb16_odd(row[0]), last, tw_smlad(tw_sxtb16(row[0]), first, s0));
        s1 = tw_smlad(tw_sxtb16_odd(row[1]), last, tw_smlad(tw_sxtb16(row[1]), first, s1));
        s2 = tw_smlad(tw_sxtb16_odd(row[2]), last, tw_smlad(tw_sxtb16(row[2]), first, s2));
        s3 = tw_smlad(tw_sxtb16_odd(row[3]), last, tw_smlad(tw_sxtb16(row[3]), first, s3));
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

#endif
