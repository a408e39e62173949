// The host link: a 16550, polled. That of QEMU takes bytes only into a free place of its FIFO, so none is lost however
// long a module runs; a chip needs an interrupt and a ring here.
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

// A host that does not read loses bytes after this long.
#define PATIENCE_US 1000000u

void uart_start(void) {
    *UART_FCR = 0xc1;
    *UART_IER = 1;
    REG(PLIC_PRIORITY) = 1;
    REG(PLIC_ENABLE) = 1u << PLIC_UART;
}

static bool waiting(void) {
    return (*UART_LSR & 0x01u) != 0;
}

int uart_read(void *ctx, uint8_t *buf, size_t len) {
    (void)ctx;
    int n = 0;
    while ((size_t)n < len && waiting()) {
        buf[n++] = *UART_DATA;
    }
    return n;
}

static bool ready(uint32_t since) {
    while ((*UART_LSR & 0x20u) == 0) {
        if (clock_us(NULL) - since > PATIENCE_US) {
            return false;
        }
    }
    return true;
}

int uart_write(void *ctx, const uint8_t *buf, size_t len) {
    (void)ctx;
    uint32_t since = clock_us(NULL);
    for (size_t k = 0; k < len; ++k) {
        if (!ready(since)) {
            return -1;
        }
        *UART_DATA = buf[k];
    }
    return 0;
}

void uart_drain(void) {
    (void)ready(clock_us(NULL));
}

// Sleeps until a byte or the clock comes. WFI returns for an interrupt that is pending and enabled, whether or not it
// would be taken (privileged architecture, 3.3.3), and from the look to the sleep none is. The nap's mark takes the
// place of the watchdog's until the core feeds that again, which every turn of its loop begins with.
void uart_sleep(void) {
    CSR_CLEAR(mstatus, MSTATUS_MIE);
    CSR_SET(mie, MIE_EXTERNAL);
    if (!waiting()) {
        clock_nap();
    }
    CSR_CLEAR(mie, MIE_EXTERNAL);
    uint32_t source = REG(PLIC_CLAIM);
    if (source != 0) {
        REG(PLIC_CLAIM) = source; // done with it
    }
}
