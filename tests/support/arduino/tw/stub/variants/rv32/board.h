// virt of QEMU: 16550 at 0x10000000, mtime at 10 MHz in the CLINT.
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define BYTE_REG(address) (*(volatile uint8_t *)(address))

static inline void board_uart_start(void) {
}
static inline bool board_uart_waits(void) {
    return (BYTE_REG(0x10000005u) & 1u) != 0;
}
static inline uint8_t board_uart_take(void) {
    return BYTE_REG(0x10000000u);
}
static inline bool board_uart_has_room(void) {
    return (BYTE_REG(0x10000005u) & 0x20u) != 0;
}
static inline void board_uart_give(uint8_t byte) {
    BYTE_REG(0x10000000u) = byte;
}

extern "C" uint64_t board_us(void);

#endif
