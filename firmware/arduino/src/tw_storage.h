// Where the two slots of a board lie: in RAM on every board, in the chip's own flash where there is a file for the chip.
// What the core asks of them is in tw_port.h.
#ifndef TW_STORAGE_H
#define TW_STORAGE_H

#include "tw_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_storage {
    const uint8_t *slot[TW_SLOTS]; // readable as memory at any time
    size_t slot_size;              // bytes, a multiple of TW_PAGE
    bool forgets;                  // empty after a power-off
    // Erases slot `n` whole. Returns 0 or a negative error.
    int (*erase)(const struct tw_storage *storage, int n);
    // Writes whole pages into an erased part of slot `n`. Returns 0 or a negative error.
    int (*program)(const struct tw_storage *storage, int n, size_t offset, const uint8_t *data,
                   size_t len);
    const void *own; // the storage's
} tw_storage_t;

// Two slots in RAM: each takes half of it, in whole pages.
//
// ram  16-byte aligned; stays the storage's
//
// Returns NULL, or what is wrong, as static text.
const char *tw_storage_ram(tw_storage_t *storage, uint8_t *ram, size_t bytes);

// Two slots in the chip's own flash, outside of the sketch. Returns NULL, or what is wrong, as static text.
const char *tw_storage_flash(tw_storage_t *storage);

// The chip's unique number in hexadecimal, at most 31 characters and the end; nothing where there is none.
void tw_storage_serial(char serial[32]);

// Which chip this file was compiled for: exactly one of them defines tw_storage_flash() and tw_storage_serial().
#if defined(ARDUINO_ARCH_RP2040) && !defined(ARDUINO_ARCH_MBED)
#define TW_STORAGE_RP2040 1
#elif defined(ESP_PLATFORM)
#define TW_STORAGE_ESP32 1
#elif defined(NRF52840_XXAA)
#define TW_STORAGE_NRF52840 1
#elif defined(ARDUINO_ARCH_STM32)
#define TW_STORAGE_STM32 1
#else
#define TW_STORAGE_RAM_ONLY 1
#endif

#ifdef __cplusplus
}
#endif

#endif
