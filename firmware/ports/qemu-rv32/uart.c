// A 16550. That of QEMU takes bytes only into a free place of its FIFO.
#include "board.h"

static volatile uint8_t *reg(uint32_t n) {
    return (volatile uint8_t *)(0x10000000u + n);
}

#define UART_DATA reg(0)
#define UART_IER reg(1) // bit 0: interrupt when a byte waits
#define UART_FCR reg(2) // bit 0: FIFOs on, 6 and 7: interrupt at 14 bytes, or when they stay for a while
#define UART_LSR reg(5) // bit 0: a byte waits, 5: room for a byte

// hw/riscv/virt.c: the UART's interrupt, in the registers of hart 0 in machine mode
#define PLIC_UART 10u
#define PLIC_PRIORITY (0x0c000000u + 4u * PLIC_UART)
#define PLIC_ENABLE 0x0c002000u
#define PLIC_CLAIM 0x0c200004u

void uart_start(void) {
    *UART_FCR = 0xc1;
    *UART_IER = 1;
    REG(PLIC_PRIORITY) = 1;
    REG(PLIC_ENABLE) = 1u << PLIC_UART;
}

bool uart_waits(void) {
    return (*UART_LSR & 0x01u) != 0;
}

uint8_t uart_take(void) {
    return *UART_DATA;
}

bool uart_has_room(void) {
    return (*UART_LSR & 0x20u) != 0;
}

void uart_give(uint8_t byte) {
    *UART_DATA = byte;
}

// Sleeps until a byte or the clock comes. WFI returns for an interrupt that is pending and enabled, whether or not it
// would be taken (privileged architecture, 3.3.3), and from the look to the sleep none is. The nap's mark takes the
// place of the watchdog's until the core feeds that again, which every turn of its loop begins with.
void uart_sleep(void) {
    CSR_CLEAR(mstatus, MSTATUS_MIE);
    CSR_SET(mie, MIE_EXTERNAL);
    if (!uart_waits()) {
        clock_nap();
    }
    CSR_CLEAR(mie, MIE_EXTERNAL);
    uint32_t source = REG(PLIC_CLAIM);
    if (source != 0) {
        REG(PLIC_CLAIM) = source; // done with it
    }
}
