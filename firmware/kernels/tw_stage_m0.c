// Requantisation on Armv6-M: its multiplication gives 32 bits, so that a product of 64 is made of four, each of two halves. In
// assembly, because the compiler keeps most of it on the stack.
#include "tw_stage.h"

#if TW_ARMV6M

#define CONSTANT_LOW "[sp]"
#define CONSTANT_HIGH "[sp, #4]"
#define SHIFT "[sp, #8]"
#define HALF "[sp, #32]" // where the caller put it, behind eight registers

// An output: `offset` of its sum. r5 and r6 are the low half of q, unsigned, and its high half.
#define PRODUCT(offset)                                                                            \
    "mov r7, r12\n"                                                                                \
    "ldr r2, [r7, #" offset "]\n"                                                                  \
    "uxth r1, r2\n"                                                                                \
    "asrs r2, r2, #16\n"                                                                           \
    "mov r3, r1\n"                                                                                 \
    "muls r3, r5, r3\n" /* low · low */                                                            \
    "muls r1, r6, r1\n" /* low · high */                                                           \
    "mov r4, r2\n"                                                                                 \
    "muls r4, r5, r4\n" /* high · low */                                                           \
    "muls r2, r6, r2\n" /* high · high */                                                          \
    "lsrs r7, r3, #16\n"                                                                           \
    "adds r1, r1, r7\n"                                                                            \
    "asrs r7, r1, #16\n"                                                                           \
    "adds r2, r2, r7\n"                                                                            \
    "uxth r1, r1\n"                                                                                \
    "adds r4, r4, r1\n"                                                                            \
    "asrs r7, r4, #16\n"                                                                           \
    "adds r2, r2, r7\n"                                                                            \
    "lsls r4, r4, #16\n"                                                                           \
    "uxth r3, r3\n"                                                                                \
    "adds r3, r3, r4\n"                                                                            \
    "ldr r4, " CONSTANT_LOW "\n"                                                                   \
    "ldr r7, " CONSTANT_HIGH "\n"                                                                  \
    "adds r3, r3, r4\n"                                                                            \
    "adcs r2, r7\n"

#define BRACKET                                                                                    \
    "ldr r7, " HALF "\n"                                                                           \
    "subs r7, r2, r7\n"                                                                            \
    "bics r7, r3\n"                                                                                \
    "lsrs r7, r7, #31\n"                                                                           \
    "subs r2, r2, r7\n"

#define STORE                                                                                      \
    "ldr r7, " SHIFT "\n"                                                                          \
    "asrs r2, r7\n"                                                                                \
    "sxtb r7, r2\n"                                                                                \
    "cmp r7, r2\n"                                                                                 \
    "beq 1f\n"                                                                                     \
    "asrs r2, r2, #31\n"                                                                           \
    "movs r7, #127\n"                                                                              \
    "eors r2, r7\n"                                                                                \
    "1:\n"                                                                                         \
    "mov r7, lr\n"                                                                                 \
    "strb r2, [r7]\n"                                                                              \
    "add lr, r0\n"

// shift: what is more in the channel's than the shift of the product's high half.
#define START(shift)                                                                               \
    ".syntax unified\n"                                                                            \
    "push {r4-r7, lr}\n"                                                                           \
    "mov r12, r0\n"                                                                                \
    "mov lr, r1\n"                                                                                 \
    "movs r0, r2\n"                                                                                \
    "ldmia r3!, {r4-r7}\n"                                                                         \
    "subs r7, #" shift "\n"                                                                        \
    "push {r4, r5, r7}\n"                                                                          \
    "uxth r5, r6\n"                                                                                \
    "asrs r6, r6, #16\n"

#define RETURN                                                                                     \
    "add sp, #12\n"                                                                                \
    "pop {r4-r7, pc}\n"

__attribute__((naked, noinline)) void
tw_store_plain_m0(const int32_t *sums __attribute__((unused)), int8_t *to __attribute__((unused)),
                  uint32_t step __attribute__((unused)),
                  const tw_channel_t *channel __attribute__((unused))) {
    __asm__ volatile(START("32") PRODUCT("0") STORE PRODUCT("4") STORE PRODUCT("8") STORE
                         PRODUCT("12") STORE RETURN);
}

__attribute__((naked, noinline)) void
tw_store_bracket_m0(const int32_t *sums __attribute__((unused)), int8_t *to __attribute__((unused)),
                    uint32_t step __attribute__((unused)),
                    const tw_channel_t *channel __attribute__((unused)),
                    uint32_t half __attribute__((unused))) {
    __asm__ volatile(START("96") PRODUCT("0") BRACKET STORE PRODUCT("4") BRACKET STORE
                         PRODUCT("8") BRACKET STORE PRODUCT("12") BRACKET STORE RETURN);
}

#endif
