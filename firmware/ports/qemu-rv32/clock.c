// Time, instructions and the watchdog. The machine's timer (CLINT) counts at 10 MHz and interrupts once it reaches a
// mark: with nothing else to time, that is the watchdog.
#include "board.h"

#define CLINT_MTIMECMP 0x02004000u
#define CLINT_MTIME 0x0200bff8u

#define TICKS_PER_US 10u
#define TICKS_PER_MS 10000u

// How long the board sleeps at most: the core has things to do when nothing comes, too.
#define NAP_TICKS (100u * TICKS_PER_MS)

// Two halves of one number that goes on counting: again, until the high one stood still.
uint64_t clock_ticks(void) {
    uint32_t high, low;
    do {
        high = REG(CLINT_MTIME + 4);
        low = REG(CLINT_MTIME);
    } while (REG(CLINT_MTIME + 4) != high);
    return (uint64_t)high << 32 | low;
}

static uint64_t start; // the timer counts since the machine was made, which a reset does not undo

void clock_start(uint64_t ticks) {
    start = ticks;
}

uint32_t clock_us(void *ctx) {
    (void)ctx;
    return (uint32_t)((clock_ticks() - start) / TICKS_PER_US);
}

// Instructions, exact with -icount shift=0.
uint64_t clock_cycles(void *ctx) {
    (void)ctx;
    uint32_t high, low, again;
    do {
        __asm__ volatile("csrr %0, minstreth\n csrr %1, minstret\n csrr %2, minstreth"
                         : "=&r"(high), "=&r"(low), "=&r"(again));
    } while (again != high);
    return (uint64_t)high << 32 | low;
}

static void set_mark(uint64_t ticks_from_now) {
    uint64_t mark = clock_ticks() + ticks_from_now;
    REG(CLINT_MTIMECMP + 4) = UINT32_MAX; // never a moment with a mark in the past
    REG(CLINT_MTIMECMP) = (uint32_t)mark;
    REG(CLINT_MTIMECMP + 4) = (uint32_t)(mark >> 32);
    CSR_SET(mie, MIE_TIMER);
}

void watchdog_feed(void *ctx, uint32_t timeout_ms) {
    (void)ctx;
    set_mark((uint64_t)timeout_ms * TICKS_PER_MS);
    CSR_SET(mstatus, MSTATUS_MIE);
}

void clock_nap(void) {
    CSR_CLEAR(mstatus, MSTATUS_MIE);
    set_mark(NAP_TICKS);
    __asm__ volatile("wfi" ::: "memory");
}
