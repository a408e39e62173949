// CRC-32 of IEEE 802.3: polynomial 0xEDB88320 reflected, initial and final 0xFFFFFFFF.
#ifndef TW_CRC32_H
#define TW_CRC32_H

#include <stddef.h>
#include <stdint.h>

// The CRC of `len` bytes after bytes whose CRC is `before`; 0 for none. tw_crc32(0, "123456789", 9) = 0xCBF43926.
uint32_t tw_crc32(uint32_t before, const uint8_t *bytes, size_t len);

#endif
