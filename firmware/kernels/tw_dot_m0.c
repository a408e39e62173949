// The form for Armv6-M (Cortex-M0, M0+): multiplication of 32 bits in one cycle, eight registers that it takes, and eight more
// that sums are kept in. In assembly, because the compiler keeps them on the stack.
#include "tw_dot.h"

#if TW_ARMV6M

// Four bytes of r6 are the weights of taps 0, 2, 1, 3; each is put in r7. A tap of four positions is one word.
#define TAP(word)                                                                                  \
    "sxtb r0, " word "\n"                                                                          \
    "muls r0, r7, r0\n"                                                                            \
    "add r8, r0\n"                                                                                 \
    "lsls r0, " word ", #16\n"                                                                     \
    "asrs r0, r0, #24\n"                                                                           \
    "muls r0, r7, r0\n"                                                                            \
    "add r9, r0\n"                                                                                 \
    "lsls r0, " word ", #8\n"                                                                      \
    "asrs r0, r0, #24\n"                                                                           \
    "muls r0, r7, r0\n"                                                                            \
    "add r10, r0\n"                                                                                \
    "asrs " word ", " word ", #24\n"                                                               \
    "muls " word ", r7, " word "\n"                                                                \
    "add r11, " word "\n"

#define BLOCK                                                                                      \
    "ldmia r1!, {r2-r5}\n"                                                                         \
    "sxtb r7, r6\n" TAP("r2")                                                                      \
    "lsls r7, r6, #8\n"                                                                            \
    "asrs r7, r7, #24\n" TAP("r3")                                                                 \
    "lsls r7, r6, #16\n"                                                                           \
    "asrs r7, r7, #24\n" TAP("r4")                                                                 \
    "asrs r7, r6, #24\n" TAP("r5")

#define SAVE                                                                                       \
    "push {r4-r7, lr}\n"                                                                           \
    "mov r4, r8\n"                                                                                 \
    "mov r5, r9\n"                                                                                 \
    "mov r6, r10\n"                                                                                \
    "mov r7, r11\n"                                                                                \
    "push {r4-r7}\n"

#define RESTORE                                                                                    \
    "pop {r4-r7}\n"                                                                                \
    "mov r8, r4\n"                                                                                 \
    "mov r9, r5\n"                                                                                 \
    "mov r10, r6\n"                                                                                \
    "mov r11, r7\n"                                                                                \
    "pop {r4-r7, pc}\n"

__attribute__((naked, noinline)) void tw_dot_pass(const int8_t *w __attribute__((unused)),
                                                  const tw_tap_t *x __attribute__((unused)),
                                                  uint32_t blocks __attribute__((unused)),
                                                  int32_t sums[16] __attribute__((unused))) {
    __asm__ volatile(".syntax unified\n" SAVE
                     "movs r4, r0\n"
                     "adds r4, #16\n"
                     "push {r0-r4}\n" // weights, taps, blocks, sums; the weights behind the last channel's
                     "lsls r2, r2, #4\n"
                     "adds r2, r1, r2\n"
                     "mov r12, r2\n" // the end of the taps
                     "1:\n"
                     "ldr r0, [sp]\n"
                     "ldr r1, [sp, #4]\n"
                     "ldr r2, [sp, #8]\n"
                     "movs r3, #0\n"
                     "mov r8, r3\n"
                     "mov r9, r3\n"
                     "mov r10, r3\n"
                     "mov r11, r3\n"
                     "mov lr, r0\n"
                     "lsls r3, r2, #31\n" // an odd number of blocks: one first
                     "beq 2f\n"
                     "ldr r6, [r0]\n"
                     "adds r0, #32\n"
                     "mov lr, r0\n" BLOCK "cmp r1, r12\n"
                     "bne 2f\n"
                     "b 3f\n"
                     "2:\n"
                     "mov r7, lr\n"
                     "ldr r6, [r7]\n" BLOCK "mov r7, lr\n"
                     "ldr r6, [r7, #32]\n"
                     "adds r7, #64\n"
                     "mov lr, r7\n" BLOCK "cmp r1, r12\n"
                     "beq 3f\n"
                     "b 2b\n" // too far for a condition
                     "3:\n"
                     "ldr r0, [sp, #12]\n"
                     "mov r1, r8\n"
                     "mov r2, r9\n"
                     "mov r3, r10\n"
                     "mov r4, r11\n"
                     "stmia r0!, {r1-r4}\n"
                     "str r0, [sp, #12]\n"
                     "ldr r0, [sp]\n"
                     "adds r0, #4\n"
                     "str r0, [sp]\n"
                     "ldr r1, [sp, #16]\n"
                     "cmp r0, r1\n"
                     "beq 4f\n"
                     "b 1b\n"
                     "4:\n"
                     "add sp, #20\n" RESTORE);
}

// A channel: its word of weights in r2, the taps in r4 to r7.
#define CHANNEL(at, sum)                                                                           \
    "ldr r2, [r0, #" at "]\n"                                                                      \
    "sxtb r1, r2\n"                                                                                \
    "muls r1, r4, r1\n"                                                                            \
    "add " sum ", r1\n"                                                                            \
    "lsls r1, r2, #8\n"                                                                            \
    "asrs r1, r1, #24\n"                                                                           \
    "muls r1, r5, r1\n"                                                                            \
    "add " sum ", r1\n"                                                                            \
    "lsls r1, r2, #16\n"                                                                           \
    "asrs r1, r1, #24\n"                                                                           \
    "muls r1, r6, r1\n"                                                                            \
    "add " sum ", r1\n"                                                                            \
    "asrs r2, r2, #24\n"                                                                           \
    "muls r2, r7, r2\n"                                                                            \
    "add " sum ", r2\n"

__attribute__((naked, noinline)) void tw_dot_four(const int8_t *w __attribute__((unused)),
                                                  const int8_t *taps __attribute__((unused)),
                                                  uint32_t blocks __attribute__((unused)),
                                                  int32_t sums[4] __attribute__((unused))) {
    __asm__ volatile(".syntax unified\n" SAVE
                     "push {r3}\n" // sums
                     "movs r3, #0\n"
                     "mov r8, r3\n"
                     "mov r9, r3\n"
                     "mov r10, r3\n"
                     "mov r11, r3\n"
                     "lsls r2, r2, #2\n"
                     "adds r2, r1, r2\n"
                     "mov r12, r2\n" // the end of the taps
                     "movs r3, r1\n"
                     "b 2f\n"
                     "1:\n"
                     "ldmia r3!, {r7}\n"
                     "sxtb r4, r7\n"
                     "lsls r5, r7, #16\n"
                     "asrs r5, r5, #24\n"
                     "lsls r6, r7, #8\n"
                     "asrs r6, r6, #24\n"
                     "asrs r7, r7, #24\n" CHANNEL("0", "r8") CHANNEL("4", "r9")
                         CHANNEL("8", "r10") CHANNEL("12", "r11") "adds r0, #32\n"
                     "2:\n"
                     "cmp r3, r12\n"
                     "bne 1b\n"
                     "pop {r3}\n"
                     "mov r4, r8\n"
                     "mov r5, r9\n"
                     "mov r6, r10\n"
                     "mov r7, r11\n"
                     "stmia r3!, {r4-r7}\n" RESTORE);
}

#endif
