// Little-endian numbers at any address.
#ifndef TW_BYTES_H
#define TW_BYTES_H

#include <stdint.h>

static inline uint16_t tw_get16(const uint8_t *p) {
    return (uint16_t)(p[0] | (p[1] << 8));
}

static inline uint32_t tw_get32(const uint8_t *p) {
    return (uint32_t)tw_get16(p) | ((uint32_t)tw_get16(p + 2) << 16);
}

// Each returns the address after what it wrote.
static inline uint8_t *tw_put16(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    return p + 2;
}

static inline uint8_t *tw_put32(uint8_t *p, uint32_t v) {
    return tw_put16(tw_put16(p, v & 0xffffu), v >> 16);
}

static inline uint8_t *tw_put64(uint8_t *p, uint64_t v) {
    return tw_put32(tw_put32(p, (uint32_t)v), (uint32_t)(v >> 32));
}

#endif
