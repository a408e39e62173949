// The two slots. QEMU's flash is RAM: erasing and programming behave as flash does, so that a slip shows here already.
#include "board.h"

#include <string.h>

static uint8_t *slot(int n) {
    return __slots_start + (size_t)n * (size_t)__slot_size;
}

int slots_erase(void *ctx, int n) {
    (void)ctx;
    memset(slot(n), 0xff, (size_t)__slot_size);
    return 0;
}

// Programming only clears bits.
int slots_program(void *ctx, int n, size_t offset, const uint8_t *data, size_t len) {
    (void)ctx;
    if (offset % TW_PAGE != 0 || len % TW_PAGE != 0 || offset + len > (size_t)__slot_size) {
        return -1;
    }
    uint8_t *to = slot(n) + offset;
    for (size_t k = 0; k < len; ++k) {
        to[k] &= data[k];
    }
    return 0;
}
