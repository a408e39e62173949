// From power-on to main, and time, on a Cortex-M: SysTick counts down, its interrupt counts the rounds. Armv7-M
// Architecture Reference Manual (DDI 0403), B1.5, B3.3.
#ifdef __arm__

#include "board.h"

#define SYST_CSR 0xe000e010u
#define SYST_RVR 0xe000e014u
#define SYST_CVR 0xe000e018u
#define SCB_ICSR 0xe000ed04u // B3.2.4
#define ROUND_US 10000u
#define ROUND_TICKS (ROUND_US * BOARD_TICKS_PER_US)

extern "C" {
extern uint32_t __stack_top[];
void board_main(void);
void board_start(void);
void board_tick(void);
void board_stop(void);
}

static volatile uint32_t rounds;

// SysTick may have begun a round whose interrupt still waits (ICSR, PENDSTSET): then it is not counted yet, but the ticks are
// its first ones.
uint64_t board_us(void) {
    uint32_t round, now, pending;
    do {
        round = rounds;
        now = ROUND_TICKS - 1 - REG(SYST_CVR);
        pending = REG(SCB_ICSR) & 1u << 26;
    } while (round != rounds);
    round += pending != 0 && now < ROUND_TICKS / 2 ? 1 : 0;
    return (uint64_t)round * ROUND_US + now / BOARD_TICKS_PER_US;
}

void board_tick(void) {
    rounds = rounds + 1;
}

void board_start(void) {
#ifdef BOARD_HAS_FPU
    REG(0xe000ed88u) |= 0xfu << 20; // CPACR: both coprocessors
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
    REG(SYST_RVR) = ROUND_TICKS - 1;
    REG(SYST_CVR) = 0;
    REG(SYST_CSR) = 7;
    board_main();
}

// A fault says so, in the one way that needs nothing.
void board_stop(void) {
    for (const char *text = "\r\nFAULT\r\n"; *text != 0; ++text) {
        while (!board_uart_has_room()) {
        }
        board_uart_give((uint8_t)*text);
    }
    for (;;) {
    }
}

typedef void (*vector_t)(void);

extern "C" __attribute__((section(".vectors"), used)) const vector_t board_vectors[16] = {
    (vector_t)(void *)__stack_top, board_start, board_stop, board_stop, board_stop, board_stop, board_stop, 0, 0, 0, 0,
    board_stop, board_stop, 0, board_stop, board_tick};

#endif
