// From power-on to main(), why the board restarted, and how deep the stack went.
#include "board.h"

// Lies behind everything the linker placed, so that it outlives a reset.
typedef struct board_kept {
    uint32_t magic;
    uint32_t boots;
    uint32_t reason; // tw_reset_t of the restart that somebody announced
    uint32_t seed;   // of the boot numbers; an emulator may put another one here for each power-on
} board_kept_t;

extern board_kept_t __kept;
#define KEPT_MAGIC 0x5457424fu

extern uint32_t __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];

static tw_reset_t reset_reason;

int main(void);
void tw_start(void);

// Painted on the stack's free part, and looked for from its end.
#define PAINT 0xa5a5a5a5u
#define GUARD_BYTES 256u

// A fault: the stack may be what is broken, so take another one.
__attribute__((used)) static void on_fault(void) {
    board_restart(TW_RESET_FAULT);
}

// The only interrupt that is taken is the timer's: the watchdog's patience is over.
__attribute__((used)) static void on_timer(void) {
    board_restart(TW_RESET_WATCHDOG);
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
    for (uint32_t *p = __data_start, *from = __data_load; p < __data_end;) {
        *p++ = *from++;
    }
    for (uint32_t *p = __bss_start; p < __bss_end;) {
        *p++ = 0;
    }
    for (uint32_t *p = __stack_bottom + GUARD_BYTES / sizeof *p; p < __paint_end; ++p) {
        *p = PAINT;
    }
    clock_start(ticks);
    if (__kept.magic != KEPT_MAGIC) {
        __kept.magic = KEPT_MAGIC;
        __kept.boots = __kept.seed;
        __kept.reason = TW_RESET_POWER;
    }
    __kept.boots += 1;
    reset_reason = (tw_reset_t)__kept.reason;
    __kept.reason = TW_RESET_POWER; // unless somebody says otherwise before the next one
    (void)main();
    board_restart(TW_RESET_FAULT);
}

__attribute__((naked, section(".start"))) void tw_start(void) {
    __asm__ volatile("la sp, __stack_top\n"
                     "j start");
}

tw_reset_t board_reset_reason(void) {
    return reset_reason;
}

uint32_t board_boots(void) {
    return __kept.boots;
}

// QEMU's test device: this word resets the machine (hw/misc/sifive_test.c).
void board_restart(tw_reset_t reason) {
    __kept.reason = (uint32_t)reason;
    __asm__ volatile("fence" ::: "memory");
    REG(0x00100000u) = 0x7777u;
    for (;;) {
    }
}

size_t board_stack_used(void *ctx) {
    (void)ctx;
    const uint32_t *p = __stack_bottom + GUARD_BYTES / sizeof *p;
    while (p < __stack_top && *p == PAINT) {
        ++p;
    }
    return (size_t)(__stack_top - p) * sizeof *p;
}

// Physical memory protection, 3.7 of the privileged architecture: a locked entry without rights holds for machine mode
// too, so that a stack too deep faults before it overwrites anything. NAPOT: the ones below the base give the size.
void board_guard_stack(void) {
    CSR_WRITE(pmpaddr0, ((uint32_t)__stack_bottom | (GUARD_BYTES / 2 - 1)) >> 2);
    CSR_WRITE(pmpcfg0, 0x98u); // L, A = NAPOT, no R W X
}
