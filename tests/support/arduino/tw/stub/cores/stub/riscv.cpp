// From power-on to main, and time, on a RISC-V with a CLINT. RISC-V privileged architecture 1.12, 3.2.1.
#ifdef __riscv

#include "board.h"

#define MTIME (*(volatile uint32_t *)0x0200bff8u)
#define MTIME_HIGH (*(volatile uint32_t *)0x0200bffcu)

extern "C" {
void board_main(void);
void board_stop(void);
__attribute__((naked, section(".vectors"), used)) void _start(void);
}

uint64_t board_us(void) {
    uint32_t high, low;
    do {
        high = MTIME_HIGH;
        low = MTIME;
    } while (high != MTIME_HIGH);
    return ((uint64_t)high << 32 | low) / 10u;
}

__attribute__((aligned(4))) void board_stop(void) {
    for (const char *text = "\r\nFAULT\r\n"; *text != 0; ++text) {
        board_uart_give((uint8_t)*text);
    }
    for (;;) {
    }
}

void _start(void) {
    __asm__ volatile(".option push\n .option norelax\n la gp, __global_pointer$\n .option pop\n"
                     "la sp, __stack_top\n la t0, board_stop\n csrw mtvec, t0\n call board_main\n");
}

#endif
