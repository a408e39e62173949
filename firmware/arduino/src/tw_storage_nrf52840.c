// nRF52840 without a SoftDevice that is switched on: slots in the chip's flash below what boot loaders and file systems of
// the usual cores keep. Written after Nordic's product specification 1.7, 4.3 (NVMC) and 4.4 (FICR); not run on a board by
// us. TW_FLASH_START and TW_FLASH_BYTES choose another place.
#include "tw_storage.h"

#ifdef TW_STORAGE_NRF52840

#include <nrf.h>
#include <stdio.h>
#include <string.h>

#define SECTOR 4096u

#ifndef TW_FLASH_START
#define TW_FLASH_START 0xad000u
#define TW_FLASH_BYTES 0x40000u
#endif

// Where the sketch ends in flash: of the cores' linker scripts, which name it differently.
extern uint8_t __etext[] __attribute__((weak));
extern uint8_t __data_start__[] __attribute__((weak)), __data_end__[] __attribute__((weak));

static void ready(void) {
    while (NRF_NVMC->READY == 0) {
    }
}

static void allow(uint32_t what) {
    ready();
    NRF_NVMC->CONFIG = what;
    ready();
}

static int erase(const tw_storage_t *storage, int n) {
    allow(NVMC_CONFIG_WEN_Een);
    for (size_t at = 0; at < storage->slot_size; at += SECTOR) {
        NRF_NVMC->ERASEPAGE = (uint32_t)(uintptr_t)storage->slot[n] + (uint32_t)at;
        ready();
    }
    allow(NVMC_CONFIG_WEN_Ren);
    return 0;
}

static int program(const tw_storage_t *storage, int n, size_t offset, const uint8_t *data,
                   size_t len) {
    volatile uint32_t *to = (volatile uint32_t *)(uintptr_t)(storage->slot[n] + offset);
    allow(NVMC_CONFIG_WEN_Wen);
    for (size_t at = 0; at < len; at += sizeof(uint32_t)) {
        uint32_t word;
        memcpy(&word, data + at, sizeof word);
        *to++ = word;
        ready();
    }
    allow(NVMC_CONFIG_WEN_Ren);
    return 0;
}

const char *tw_storage_flash(tw_storage_t *storage) {
    uintptr_t end = (uintptr_t)__etext + (uintptr_t)(__data_end__ - __data_start__);
    if (__etext == NULL || end > TW_FLASH_START) {
        return "the sketch may reach into the slots: choose TW_FLASH_START and TW_FLASH_BYTES";
    }
    size_t slot = TW_FLASH_BYTES / TW_SLOTS / SECTOR * SECTOR;
    storage->slot[0] = (const uint8_t *)(uintptr_t)TW_FLASH_START;
    storage->slot[1] = storage->slot[0] + slot;
    storage->slot_size = slot;
    storage->forgets = false;
    storage->erase = erase;
    storage->program = program;
    storage->own = NULL;
    return NULL;
}

void tw_storage_serial(char serial[32]) {
    snprintf(serial, 32, "%08lx%08lx", (unsigned long)NRF_FICR->DEVICEID[1],
             (unsigned long)NRF_FICR->DEVICEID[0]);
}

#endif
