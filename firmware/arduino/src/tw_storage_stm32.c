// STM32 with the core of ST, on families whose flash is erased in pages of one size and written in double words (G0, G4, L4,
// L5, U5, WB): slots at the end of flash. Written after ST's HAL and that core's EEPROM emulation; not run on a board by us.
// Families with sectors of many sizes (F2, F4, F7, H7) have no room for two equal slots there.
#include "tw_storage.h"

#ifdef TW_STORAGE_STM32

#include <stdio.h>
#include <stm32_def.h>
#include <string.h>

#if defined(FLASH_PAGE_SIZE) && defined(FLASH_TYPEPROGRAM_DOUBLEWORD)

// Of that core's linker scripts: where the sketch ends in flash.
extern uint8_t _sidata[], _sdata[], _edata[];

static uint32_t flash_end(void) {
    return FLASH_BASE + *(const uint16_t *)FLASHSIZE_BASE * 1024u;
}

static int erase(const tw_storage_t *storage, int n) {
    FLASH_EraseInitTypeDef range = {0};
    uint32_t bad = 0;
    uint32_t from = (uint32_t)(uintptr_t)storage->slot[n] - FLASH_BASE;
    range.TypeErase = FLASH_TYPEERASE_PAGES;
    range.Page = from / FLASH_PAGE_SIZE;
    range.NbPages = storage->slot_size / FLASH_PAGE_SIZE;
#if defined(FLASH_BANK_2) && defined(FLASH_BANK_SIZE)
    range.Banks = from < FLASH_BANK_SIZE ? FLASH_BANK_1 : FLASH_BANK_2;
    range.Page = from % FLASH_BANK_SIZE / FLASH_PAGE_SIZE;
#elif defined(FLASH_BANK_1)
    range.Banks = FLASH_BANK_1;
#endif
    HAL_FLASH_Unlock();
    HAL_StatusTypeDef done = HAL_FLASHEx_Erase(&range, &bad);
    HAL_FLASH_Lock();
    return done == HAL_OK ? 0 : -1;
}

static int program(const tw_storage_t *storage, int n, size_t offset, const uint8_t *data,
                   size_t len) {
    uint32_t to = (uint32_t)(uintptr_t)storage->slot[n] + (uint32_t)offset;
    HAL_StatusTypeDef done = HAL_FLASH_Unlock();
    for (size_t at = 0; at < len && done == HAL_OK; at += sizeof(uint64_t)) {
        uint64_t words;
        memcpy(&words, data + at, sizeof words);
        done = HAL_FLASH_Program(FLASH_TYPEPROGRAM_DOUBLEWORD, to + (uint32_t)at, words);
    }
    HAL_FLASH_Lock();
    return done == HAL_OK ? 0 : -1;
}

// Half of what the sketch leaves, or 128 kB, in whole pages.
const char *tw_storage_flash(tw_storage_t *storage) {
    uint32_t sketch = (uint32_t)(uintptr_t)_sidata + (uint32_t)(_edata - _sdata);
    uint32_t end = flash_end();
    uint32_t slot = (end - sketch) / TW_SLOTS / FLASH_PAGE_SIZE * FLASH_PAGE_SIZE;
    uint32_t most = 128u * 1024u / FLASH_PAGE_SIZE * FLASH_PAGE_SIZE;
    slot = slot < most ? slot : most;
    if (sketch >= end || slot < 8u * 1024u) {
        return "less than 16 kB of flash behind the sketch";
    }
    storage->slot[0] = (const uint8_t *)(uintptr_t)(end - TW_SLOTS * slot);
    storage->slot[1] = storage->slot[0] + slot;
    storage->slot_size = slot;
    storage->forgets = false;
    storage->erase = erase;
    storage->program = program;
    storage->own = NULL;
    return NULL;
}

#else

const char *tw_storage_flash(tw_storage_t *storage) {
    (void)storage;
    return "flash of this family has no pages of one size: slots can be in RAM";
}

#endif

void tw_storage_serial(char serial[32]) {
    snprintf(serial, 32, "%08lx%08lx%08lx", (unsigned long)HAL_GetUIDw2(),
             (unsigned long)HAL_GetUIDw1(), (unsigned long)HAL_GetUIDw0());
}

#endif
