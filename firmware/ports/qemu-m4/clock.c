// Time from SysTick, which counts down at the processor's clock; its interrupt counts the rounds.
// DDI 0403, B3.3.
#include "board.h"

#define SYST_CSR 0xe000e010u
#define SYST_RVR 0xe000e014u
#define SYST_CVR 0xe000e018u
#define SCB_ICSR 0xe000ed04u // B3.2.4

// A round of 100 ms: also how long the board sleeps at most.
#define ROUND_US 100000u
#define TICKS_PER_US (BOARD_HZ / 1000000u)
#define ROUND_TICKS (ROUND_US * TICKS_PER_US)

// A tick is 40 ns. With -icount shift=0 QEMU makes that 40 instructions: then "cycles" are instructions, in steps of 40.
#define CYCLES_PER_TICK 40u

static volatile uint32_t rounds; // wraps after 13 years

void clock_interrupt(void) {
    rounds = rounds + 1;
}

void clock_start(void) {
    REG(SYST_RVR) = ROUND_TICKS - 1;
    REG(SYST_CVR) = 0;
    REG(SYST_CSR) = 7; // the processor's clock, interrupt, enable
    while (REG(SYST_CVR) == 0) {
        // the first round begins with the first tick
    }
}

// Ticks of the current round, and which round that is. SysTick may have begun another one whose interrupt still waits
// (ICSR, PENDSTSET): then it is not counted yet, but the ticks are its first ones.
static uint32_t ticks(uint32_t *round) {
    uint32_t now, pending;
    do {
        *round = rounds;
        now = ROUND_TICKS - 1 - REG(SYST_CVR);
        pending = REG(SCB_ICSR) & (1u << 26);
    } while (*round != rounds);
    if (pending != 0 && now < ROUND_TICKS / 2) {
        *round += 1;
    }
    return now;
}

uint32_t clock_us(void *ctx) {
    (void)ctx;
    uint32_t round;
    uint32_t now = ticks(&round);
    return round * ROUND_US + now / TICKS_PER_US;
}

uint64_t clock_cycles(void *ctx) {
    (void)ctx;
    uint32_t round;
    uint32_t now = ticks(&round);
    return ((uint64_t)round * ROUND_TICKS + now) * CYCLES_PER_TICK;
}
