#include "tw_crc32.h"

// Four bits at a time: a table of 64 bytes, where the usual one of 256 entries would take 1 kB of flash.
uint32_t tw_crc32(uint32_t before, const uint8_t *bytes, size_t len) {
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    uint32_t crc = ~before;
    for (size_t k = 0; k < len; ++k) {
        crc ^= bytes[k];
        crc = (crc >> 4) ^ table[crc & 15u];
        crc = (crc >> 4) ^ table[crc & 15u];
    }
    return ~crc;
}
