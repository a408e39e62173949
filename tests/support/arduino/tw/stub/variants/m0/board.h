// mps2-an385 (Arm AN385): CMSDK UART0 (Arm DUI 0417, 4.3), SysTick at 25 MHz.
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
#define BOARD_TICKS_PER_US 25u

static inline void board_uart_start(void) {
    REG(0x40004010u) = 217;
    REG(0x40004008u) = 3;
}
static inline bool board_uart_waits(void) {
    return (REG(0x40004004u) & 2u) != 0;
}
static inline uint8_t board_uart_take(void) {
    return (uint8_t)REG(0x40004000u);
}
static inline bool board_uart_has_room(void) {
    return (REG(0x40004004u) & 1u) == 0;
}
static inline void board_uart_give(uint8_t byte) {
    REG(0x40004000u) = byte;
}

extern "C" uint64_t board_us(void);

#endif
