// From power-on to a stack; faults, the stack's guard, and the reset.
#include "board.h"

void tw_start(void);

void tw_start(void) {
    clock_start(); // before there are variables, which it has none of: time counts from here
    boot_variables();
    boot_main();
}

// DDI 0403, B3.2.6: AIRCR, with its key; SYSRESETREQ.
void board_reset(void) {
    __asm__ volatile("dsb" ::: "memory");
    REG(0xe000ed0cu) = 0x05fa0004u;
    for (;;) {
    }
}

// DDI 0403, B3.5: the MPU forbids the last bytes of the stack, so that a stack too deep faults before it overwrites
// anything. Everything else stays as without an MPU (PRIVDEFENA).
void board_guard_stack(void) {
    REG(0xe000ed9cu) = ((uint32_t)__stack_bottom & ~0x1fu) | 0x10u; // RBAR: region 0
    REG(0xe000eda0u) = (7u << 1) | 1u | (1u << 28);                 // RASR: 2^8 bytes, no access, XN
    REG(0xe000ed94u) = 5u;                                          // MPU_CTRL: PRIVDEFENA, ENABLE
    __asm__ volatile("dsb\n isb" ::: "memory");
}

static void fault(void) {
    boot_restart(TW_RESET_FAULT);
}

// The stack may be what is broken: take a whole one first.
__attribute__((naked)) static void on_fault(void) {
    __asm__ volatile("ldr r0, =__stack_top\n msr msp, r0\n b %c0" ::"i"(fault));
}

// The watchdog's first stage (watchdog.c).
static void on_nmi(void) {
    boot_restart(TW_RESET_WATCHDOG);
}

typedef void (*vector_t)(void);

// DDI 0403, B1.5.2. Device interrupts are never taken: uart.c only lets one of them end a sleep.
__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    vector_t handler[15];
} vectors = {
    __stack_top,
    {tw_start, on_nmi, on_fault, on_fault, on_fault, on_fault, 0, 0, 0, 0, on_fault, on_fault, 0,
     on_fault, clock_interrupt},
};
