// The host link: CMSDK UART0 (DUI 0417, 4.3), polled. The UART of QEMU takes the next byte only when the last one was
// read, so none is lost however long a module runs; a chip needs an interrupt and a ring here.
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

// A host that does not read loses bytes after this long.
#define PATIENCE_US 1000000u

void uart_start(void) {
    REG(UART_BAUDDIV) = BOARD_HZ / 115200u;
    REG(UART_CTRL) = 1u | 2u | 8u;
}

static bool waiting(void) {
    return (REG(UART_STATE) & 2u) != 0;
}

int uart_read(void *ctx, uint8_t *buf, size_t len) {
    (void)ctx;
    int n = 0;
    while ((size_t)n < len && waiting()) {
        buf[n++] = (uint8_t)REG(UART_DATA);
    }
    return n;
}

static bool ready(uint32_t since) {
    while ((REG(UART_STATE) & 1u) != 0) {
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
        REG(UART_DATA) = buf[k];
    }
    return 0;
}

void uart_drain(void) {
    (void)ready(clock_us(NULL));
}

// Sleeps until a byte or the clock comes. Interrupts are masked from the look to the sleep, so that a byte in between
// ends it at once: WFI returns for a pending interrupt, masked or not (DDI 0403, B1.5.17).
void uart_sleep(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    REG(UART_INT) = 2u;
    if (!waiting()) {
        REG(NVIC_ISER) = 1u << RX_IRQ;
        __asm__ volatile("dsb\n wfi" ::: "memory");
        REG(NVIC_ICER) = 1u << RX_IRQ;
    }
    REG(UART_INT) = 2u;
    REG(NVIC_ICPR) = 1u << RX_IRQ;
    __asm__ volatile("cpsie i" ::: "memory");
}
