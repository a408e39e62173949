// The host link, polled. QEMU gives a UART its next byte only when there is room for it, so none is lost however long a
// module runs; a chip needs an interrupt and a ring here.
#include "board.h"

// A host that does not read loses bytes after this long.
#define PATIENCE_US 1000000u

int line_read(void *ctx, uint8_t *buf, size_t len) {
    (void)ctx;
    int n = 0;
    while ((size_t)n < len && uart_waits()) {
        buf[n++] = uart_take();
    }
    return n;
}

// Returns false when a byte has stayed for too long.
static bool wait_for_room(uint32_t since) {
    while (!uart_has_room()) {
        if (clock_us(NULL) - since > PATIENCE_US) {
            return false;
        }
    }
    return true;
}

int line_write(void *ctx, const uint8_t *buf, size_t len) {
    (void)ctx;
    uint32_t since = clock_us(NULL);
    for (size_t k = 0; k < len; ++k) {
        if (!wait_for_room(since)) {
            return -1;
        }
        uart_give(buf[k]);
    }
    return 0;
}

void line_drain(void) {
    (void)wait_for_room(clock_us(NULL));
}
