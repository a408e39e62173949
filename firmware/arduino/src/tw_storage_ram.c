// Slots in RAM: every board has some, and forgets it without power.
#include "tw_storage.h"

#include <string.h>

static uint8_t *cells(const tw_storage_t *storage, int n) {
    return (uint8_t *)(uintptr_t)storage->slot[n];
}

static int erase(const tw_storage_t *storage, int n) {
    memset(cells(storage, n), 0xff, storage->slot_size);
    return 0;
}

// As flash does: bits only ever fall, so that writing twice without erasing shows.
static int program(const tw_storage_t *storage, int n, size_t offset, const uint8_t *data,
                   size_t len) {
    if (offset > storage->slot_size || len > storage->slot_size - offset) {
        return -1;
    }
    uint8_t *to = cells(storage, n) + offset;
    for (size_t k = 0; k < len; ++k) {
        to[k] &= data[k];
    }
    return 0;
}

const char *tw_storage_ram(tw_storage_t *storage, uint8_t *ram, size_t bytes) {
    size_t slot = bytes / TW_SLOTS / TW_PAGE * TW_PAGE;
    if (slot < 2 * TW_PAGE) {
        return "no room for two slots of 512 bytes";
    }
    storage->slot[0] = ram;
    storage->slot[1] = ram + slot;
    storage->slot_size = slot;
    storage->forgets = true;
    storage->erase = erase;
    storage->program = program;
    storage->own = NULL;
    return NULL;
}

#ifdef TW_STORAGE_RAM_ONLY
const char *tw_storage_flash(tw_storage_t *storage) {
    (void)storage;
    return "no file for this chip's flash: its slots can be in RAM";
}

void tw_storage_serial(char serial[32]) {
    serial[0] = 0;
}
#endif
