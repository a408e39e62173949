// CMSDK UART0 (DUI 0417, 4.3). That of QEMU takes the next byte only when the last one was read.
#include "board.h"

#define UART_DATA 0x40004000u
#define UART_STATE 0x40004004u // bit 0: transmitter full, bit 1: a byte waits
#define UART_CTRL 0x40004008u  // bit 0: transmit, 1: receive, 3: interrupt when a byte waits
#define UART_INT 0x4000400cu   // write 1 to clear: bit 0 transmit, 1 receive
#define UART_BAUDDIV 0x40004010u
#define RX_IRQ 0u // AN386, table 4-2

#define NVIC_ISER 0xe000e100u
#define NVIC_ICER 0xe000e180u
#define NVIC_ICPR 0xe000e280u

void uart_start(void) {
    REG(UART_BAUDDIV) = BOARD_HZ / 115200u;
    REG(UART_CTRL) = 1u | 2u | 8u;
}

bool uart_waits(void) {
    return (REG(UART_STATE) & 2u) != 0;
}

uint8_t uart_take(void) {
    return (uint8_t)REG(UART_DATA);
}

bool uart_has_room(void) {
    return (REG(UART_STATE) & 1u) == 0;
}

void uart_give(uint8_t byte) {
    REG(UART_DATA) = byte;
}

// Sleeps until a byte or the clock comes. Interrupts are masked from the look to the sleep, so that a byte in between
// ends it at once: WFI returns for a pending interrupt, masked or not (DDI 0403, B1.5.17).
void uart_sleep(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    REG(UART_INT) = 2u;
    if (!uart_waits()) {
        REG(NVIC_ISER) = 1u << RX_IRQ;
        __asm__ volatile("dsb\n wfi" ::: "memory");
        REG(NVIC_ICER) = 1u << RX_IRQ;
    }
    REG(UART_INT) = 2u;
    REG(NVIC_ICPR) = 1u << RX_IRQ;
    __asm__ volatile("cpsie i" ::: "memory");
}
