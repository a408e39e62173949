// RP2040 and RP2350 with the core of Earle Philhower: slots in the part of flash that the menu "Flash Size" keeps for a file
// system. Written after the Pico SDK's hardware_flash and that core's EEPROM library; not run on a board by us.
#include "tw_storage.h"

#ifdef TW_STORAGE_RP2040

#include <Arduino.h>
#include <hardware/flash.h>
#include <pico/unique_id.h>
#include <string.h>

// Of that core's linker script.
extern "C" uint8_t _FS_start[], _FS_end[];

static uint32_t offset_of(const tw_storage_t *storage, int n) {
    return (uint32_t)(uintptr_t)(storage->slot[n]) - XIP_BASE;
}

// Nothing may run from flash while it is written: no interrupt, not the other processor.
template <typename Work> static void alone(Work work) {
    noInterrupts();
    rp2040.idleOtherCore();
    work();
    rp2040.resumeOtherCore();
    interrupts();
}

// A sector at a time: the host hears nothing for 50 ms each, and the line goes on between them.
static int erase(const tw_storage_t *storage, int n) {
    for (size_t at = 0; at < storage->slot_size; at += FLASH_SECTOR_SIZE) {
        alone([&] { flash_range_erase(offset_of(storage, n) + at, FLASH_SECTOR_SIZE); });
    }
    return 0;
}

// The data may lie in flash itself: a page goes through RAM.
static int program(const tw_storage_t *storage, int n, size_t offset, const uint8_t *data,
                   size_t len) {
    static uint8_t page[TW_PAGE];
    for (size_t at = 0; at < len; at += TW_PAGE) {
        memcpy(page, data + at, TW_PAGE);
        alone([&] { flash_range_program(offset_of(storage, n) + offset + at, page, TW_PAGE); });
    }
    return 0;
}

const char *tw_storage_flash(tw_storage_t *storage) {
    size_t bytes = (size_t)(_FS_end - _FS_start);
    size_t slot = bytes / TW_SLOTS / FLASH_SECTOR_SIZE * FLASH_SECTOR_SIZE;
    if (slot < 2 * FLASH_SECTOR_SIZE) {
        return "no flash for slots: choose a Flash Size with a file system in the menu Tools";
    }
    storage->slot[0] = _FS_start;
    storage->slot[1] = _FS_start + slot;
    storage->slot_size = slot;
    storage->forgets = false;
    storage->erase = erase;
    storage->program = program;
    storage->own = NULL;
    return NULL;
}

void tw_storage_serial(char serial[32]) {
    pico_get_unique_board_id_string(serial, 32);
}

#endif
