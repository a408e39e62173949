// mps2-an385 (Arm AN385): CMSDK UART0 (Arm DUI 0417, 4.3), SysTick at 25 MHz.
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
#define BOARD_TICKS_PER_US 25u

static inline void board_uart_start(void) {
    REG(0x40004010u) = 217;
    REG(0x40004008u) = 1u | 2u | 8u; // transmit, receive, an interrupt when a byte waits
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

// Until a byte or the clock comes: a machine that asks its UART without a pause keeps QEMU from filling it. Masked from the look
// to the sleep, so that a byte in between ends it at once (DDI 0403, B1.5.17). RX is interrupt 0 (AN386, table 4-2).
static inline void board_sleep(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    REG(0x4000400cu) = 2u;
    if (!board_uart_waits()) {
        REG(0xe000e100u) = 1u;
        __asm__ volatile("dsb\n wfi" ::: "memory");
        REG(0xe000e180u) = 1u;
    }
    REG(0x4000400cu) = 2u;
    REG(0xe000e280u) = 1u;
    __asm__ volatile("cpsie i" ::: "memory");
}

extern "C" uint64_t board_us(void);

#endif
