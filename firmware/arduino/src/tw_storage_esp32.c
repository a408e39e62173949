// ESP32 and its kin, with Arduino's core or ESP-IDF: slots in the data partition named "twentywatt", mapped into the
// address space. Written after ESP-IDF's esp_partition; not run on a board by us. A line of partitions.csv:
//
//     twentywatt, data, undefined, , 512K
#include "tw_storage.h"

#ifdef TW_STORAGE_ESP32

#include <esp_idf_version.h>
#include <esp_mac.h>
#include <esp_partition.h>
#include <stdio.h>

#define SECTOR 4096u

#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 0, 0)
#define TW_MMAP_DATA ESP_PARTITION_MMAP_DATA
typedef esp_partition_mmap_handle_t tw_mmap_handle_t;
#else
#define TW_MMAP_DATA SPI_FLASH_MMAP_DATA
typedef spi_flash_mmap_handle_t tw_mmap_handle_t;
#endif

static int erase(const tw_storage_t *storage, int n) {
    return esp_partition_erase_range(storage->own, (size_t)n * storage->slot_size,
                                     storage->slot_size) == ESP_OK
               ? 0
               : -1;
}

static int program(const tw_storage_t *storage, int n, size_t offset, const uint8_t *data,
                   size_t len) {
    return esp_partition_write(storage->own, (size_t)n * storage->slot_size + offset, data, len) ==
                   ESP_OK
               ? 0
               : -1;
}

const char *tw_storage_flash(tw_storage_t *storage) {
    const esp_partition_t *found = esp_partition_find_first(
        ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "twentywatt");
    if (found == NULL) {
        return "no partition \"twentywatt\": add it to partitions.csv";
    }
    size_t slot = found->size / TW_SLOTS / SECTOR * SECTOR;
    if (slot < 2 * SECTOR) {
        return "the partition \"twentywatt\" has less than 16 kB";
    }
    const void *mapped = NULL;
    tw_mmap_handle_t handle = 0;
    if (esp_partition_mmap(found, 0, TW_SLOTS * slot, TW_MMAP_DATA, &mapped, &handle) != ESP_OK) {
        return "the partition \"twentywatt\" cannot be mapped";
    }
    storage->slot[0] = mapped;
    storage->slot[1] = (const uint8_t *)mapped + slot;
    storage->slot_size = slot;
    storage->forgets = false;
    storage->erase = erase;
    storage->program = program;
    storage->own = found;
    return NULL;
}

void tw_storage_serial(char serial[32]) {
    uint8_t mac[6] = {0};
    serial[0] = 0;
    if (esp_efuse_mac_get_default(mac) == ESP_OK) {
        snprintf(serial, 32, "%02x%02x%02x%02x%02x%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                 mac[5]);
    }
}

#endif
