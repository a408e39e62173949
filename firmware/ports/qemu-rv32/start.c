// From power-on to a stack; faults, the stack's guard, and the reset.
#include "board.h"

void tw_start(void);

// A fault: the stack may be what is broken, so take another one.
__attribute__((used)) static void on_fault(void) {
    boot_restart(TW_RESET_FAULT);
}

// The only interrupt that is taken is the timer's: the watchdog's patience is over.
__attribute__((used)) static void on_timer(void) {
    boot_restart(TW_RESET_WATCHDOG);
}

// mcause: the sign says that it was an interrupt. Neither comes back.
__attribute__((naked, used, aligned(4))) static void on_trap(void) {
    __asm__ volatile("la sp, __fault_stack_top\n"
                     "csrr a0, mcause\n"
                     "bltz a0, 1f\n"
                     "j on_fault\n"
                     "1: j on_timer");
}

__attribute__((used)) static void start(void) {
    CSR_WRITE(mtvec, on_trap);
    uint64_t ticks = clock_ticks(); // before there are variables, which it has none of
    boot_variables();
    clock_start(ticks);
    boot_main();
}

__attribute__((naked, section(".start"))) void tw_start(void) {
    __asm__ volatile("la sp, __stack_top\n"
                     "j start");
}

// QEMU's test device: this word resets the machine (hw/misc/sifive_test.c).
void board_reset(void) {
    __asm__ volatile("fence" ::: "memory");
    REG(0x00100000u) = 0x7777u;
    for (;;) {
    }
}

// Physical memory protection, 3.7 of the privileged architecture: a locked entry without rights holds for machine mode
// too, so that a stack too deep faults before it overwrites anything. NAPOT: the ones below the base give the size.
void board_guard_stack(void) {
    CSR_WRITE(pmpaddr0, ((uint32_t)__stack_bottom | (GUARD_BYTES / 2 - 1)) >> 2);
    CSR_WRITE(pmpcfg0, 0x98u); // L, A = NAPOT, no R W X
}
