// netduinoplus2 of QEMU: STM32F405 (ST RM0090, 30.6: USART1), SysTick at 168 MHz.
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
#define BOARD_TICKS_PER_US 168u
#define BOARD_HAS_FPU 1

static inline void board_uart_start(void) {
    REG(0x40011008u) = 729;              // BRR: 84 MHz at 115200 baud
    REG(0x4001100cu) = 1u << 13 | 1u << 5 | 3u << 2; // CR1: UE, RXNEIE, TE, RE
}
static inline bool board_uart_waits(void) {
    return (REG(0x40011000u) & 1u << 5) != 0;
}
static inline uint8_t board_uart_take(void) {
    return (uint8_t)REG(0x40011004u);
}
static inline bool board_uart_has_room(void) {
    return (REG(0x40011000u) & 1u << 7) != 0;
}
static inline void board_uart_give(uint8_t byte) {
    REG(0x40011004u) = byte;
}

// Until a byte or the clock comes: a machine that asks its UART without a pause keeps QEMU from filling it. Masked from the look
// to the sleep, so that a byte in between ends it at once. USART1 is interrupt 37 (RM0090, table 62).
static inline void board_sleep(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    if (!board_uart_waits()) {
        REG(0xe000e104u) = 1u << 5;
        __asm__ volatile("dsb\n wfi" ::: "memory");
        REG(0xe000e184u) = 1u << 5;
    }
    REG(0xe000e284u) = 1u << 5;
    __asm__ volatile("cpsie i" ::: "memory");
}

extern "C" uint64_t board_us(void);

#endif
