// From power-on to main(), why the board restarted, and how deep the stack went.
#include "board.h"

#include <string.h>

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

void tw_start(void) {
    clock_start(); // before there are variables, which it has none of: time counts from here
    for (uint32_t *p = __data_start, *from = __data_load; p < __data_end;) {
        *p++ = *from++;
    }
    for (uint32_t *p = __bss_start; p < __bss_end;) {
        *p++ = 0;
    }
    for (uint32_t *p = __stack_bottom; p < __paint_end; ++p) {
        *p = PAINT;
    }
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

tw_reset_t board_reset_reason(void) {
    return reset_reason;
}

uint32_t board_boots(void) {
    return __kept.boots;
}

// DDI 0403, B3.2.6: AIRCR, with its key; SYSRESETREQ.
void board_restart(tw_reset_t reason) {
    __kept.reason = (uint32_t)reason;
    __asm__ volatile("dsb" ::: "memory");
    REG(0xe000ed0cu) = 0x05fa0004u;
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

// DDI 0403, B3.5: the MPU forbids the last bytes of the stack, so that a stack too deep faults before it overwrites
// anything. Everything else stays as without an MPU (PRIVDEFENA).
void board_guard_stack(void) {
    REG(0xe000ed9cu) = ((uint32_t)__stack_bottom & ~0x1fu) | 0x10u; // RBAR: region 0
    REG(0xe000eda0u) = (7u << 1) | 1u | (1u << 28);                 // RASR: 2^8 bytes, no access, XN
    REG(0xe000ed94u) = 5u;                                          // MPU_CTRL: PRIVDEFENA, ENABLE
    __asm__ volatile("dsb\n isb" ::: "memory");
}

static void fault(void) {
    board_restart(TW_RESET_FAULT);
}

// The stack may be what is broken: take a whole one first.
__attribute__((naked)) static void on_fault(void) {
    __asm__ volatile("ldr r0, =__stack_top\n msr msp, r0\n b %c0" ::"i"(fault));
}

// The watchdog's first stage (watchdog.c).
static void on_nmi(void) {
    board_restart(TW_RESET_WATCHDOG);
}

void clock_interrupt(void);

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
