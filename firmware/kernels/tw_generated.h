// What generated kernels are written in: loads, stores and the operations of WebAssembly that C has under another rule.
// Nothing here is undefined: counts of shifts are masked, quotients that have no value are a trap.
//
// An address is what the wrapper made of the module's own (tw_extents.h has checked all of them). Values of four and eight
// bytes lie at multiples of four, those of two at multiples of two: processors without other accesses compile to one load.
#ifndef TW_GENERATED_H
#define TW_GENERATED_H

#include "tw_extents.h"

#include <stdint.h>
#include <string.h>

#define TW_INLINE static inline __attribute__((always_inline, unused))

// Every access is a copy, so that no two of them are thought to lie apart.
TW_INLINE uint8_t tw_load8(uint32_t at) {
    return *TW_AT(at);
}

TW_INLINE uint16_t tw_load16(uint32_t at) {
    uint16_t value;
    memcpy(&value, __builtin_assume_aligned(TW_AT(at), 2), sizeof value);
    return value;
}

TW_INLINE uint32_t tw_load32(uint32_t at) {
    uint32_t value;
    memcpy(&value, __builtin_assume_aligned(TW_AT(at), 4), sizeof value);
    return value;
}

TW_INLINE uint64_t tw_load64(uint32_t at) {
    uint64_t value;
    memcpy(&value, __builtin_assume_aligned(TW_AT(at), 4), sizeof value);
    return value;
}

TW_INLINE void tw_store8(uint32_t at, uint8_t value) {
    *TW_AT(at) = value;
}

TW_INLINE void tw_store16(uint32_t at, uint16_t value) {
    memcpy(__builtin_assume_aligned(TW_AT(at), 2), &value, sizeof value);
}

TW_INLINE void tw_store32(uint32_t at, uint32_t value) {
    memcpy(__builtin_assume_aligned(TW_AT(at), 4), &value, sizeof value);
}

TW_INLINE void tw_store64(uint32_t at, uint64_t value) {
    memcpy(__builtin_assume_aligned(TW_AT(at), 4), &value, sizeof value);
}

// The low bits of a number with their sign.
TW_INLINE uint32_t tw_extend8(uint32_t a) {
    return (uint32_t)(int32_t)(int8_t)a;
}

TW_INLINE uint32_t tw_extend16(uint32_t a) {
    return (uint32_t)(int32_t)(int16_t)a;
}

TW_INLINE uint64_t tw_wide(uint32_t a) {
    return (uint64_t)(int64_t)(int32_t)a;
}

TW_INLINE uint32_t tw_shl32(uint32_t a, uint32_t count) {
    return a << (count & 31u);
}

TW_INLINE uint64_t tw_shl64(uint64_t a, uint64_t count) {
    return a << (count & 63u);
}

TW_INLINE uint32_t tw_shr_u32(uint32_t a, uint32_t count) {
    return a >> (count & 31u);
}

TW_INLINE uint64_t tw_shr_u64(uint64_t a, uint64_t count) {
    return a >> (count & 63u);
}

// A right shift of a negative number keeps its sign with every compiler that this firmware is built by.
TW_INLINE uint32_t tw_shr_s32(uint32_t a, uint32_t count) {
    return (uint32_t)((int32_t)a >> (count & 31u));
}

TW_INLINE uint64_t tw_shr_s64(uint64_t a, uint64_t count) {
    return (uint64_t)((int64_t)a >> (count & 63u));
}

TW_INLINE uint32_t tw_rotl32(uint32_t a, uint32_t count) {
    return (a << (count & 31u)) | (a >> (-count & 31u));
}

TW_INLINE uint64_t tw_rotl64(uint64_t a, uint64_t count) {
    return (a << (count & 63u)) | (a >> (-count & 63u));
}

TW_INLINE uint32_t tw_rotr32(uint32_t a, uint32_t count) {
    return (a >> (count & 31u)) | (a << (-count & 31u));
}

TW_INLINE uint64_t tw_rotr64(uint64_t a, uint64_t count) {
    return (a >> (count & 63u)) | (a << (-count & 63u));
}

TW_INLINE uint32_t tw_clz32(uint32_t a) {
    return a == 0 ? 32u : (uint32_t)__builtin_clz(a);
}

TW_INLINE uint64_t tw_clz64(uint64_t a) {
    return a == 0 ? 64u : (uint64_t)__builtin_clzll(a);
}

TW_INLINE uint32_t tw_ctz32(uint32_t a) {
    return a == 0 ? 32u : (uint32_t)__builtin_ctz(a);
}

TW_INLINE uint64_t tw_ctz64(uint64_t a) {
    return a == 0 ? 64u : (uint64_t)__builtin_ctzll(a);
}

TW_INLINE uint32_t tw_popcount32(uint32_t a) {
    return (uint32_t)__builtin_popcount(a);
}

TW_INLINE uint64_t tw_popcount64(uint64_t a) {
    return (uint64_t)__builtin_popcountll(a);
}

// A quotient by zero, and the one that does not fit, trap in WebAssembly. Here the kernel goes on with 0, which leads it to
// no address that its wrapper has not checked, and its wrapper traps when it is done.
TW_INLINE uint32_t tw_div_u32(uint32_t a, uint32_t b) {
    if (b == 0) {
        tw_generated_trap();
        return 0;
    }
    return a / b;
}

TW_INLINE uint32_t tw_rem_u32(uint32_t a, uint32_t b) {
    if (b == 0) {
        tw_generated_trap();
        return 0;
    }
    return a % b;
}

TW_INLINE uint32_t tw_div_s32(uint32_t a, uint32_t b) {
    if (b == 0 || (a == 0x80000000u && b == UINT32_MAX)) {
        tw_generated_trap();
        return 0;
    }
    return (uint32_t)((int32_t)a / (int32_t)b);
}

// The remainder of the quotient that does not fit is 0, and no trap.
TW_INLINE uint32_t tw_rem_s32(uint32_t a, uint32_t b) {
    if (b == 0) {
        tw_generated_trap();
        return 0;
    }
    return b == UINT32_MAX ? 0 : (uint32_t)((int32_t)a % (int32_t)b);
}

TW_INLINE uint64_t tw_div_u64(uint64_t a, uint64_t b) {
    if (b == 0) {
        tw_generated_trap();
        return 0;
    }
    return a / b;
}

TW_INLINE uint64_t tw_rem_u64(uint64_t a, uint64_t b) {
    if (b == 0) {
        tw_generated_trap();
        return 0;
    }
    return a % b;
}

TW_INLINE uint64_t tw_div_s64(uint64_t a, uint64_t b) {
    if (b == 0 || (a == 0x8000000000000000u && b == UINT64_MAX)) {
        tw_generated_trap();
        return 0;
    }
    return (uint64_t)((int64_t)a / (int64_t)b);
}

TW_INLINE uint64_t tw_rem_s64(uint64_t a, uint64_t b) {
    if (b == 0) {
        tw_generated_trap();
        return 0;
    }
    return b == UINT64_MAX ? 0 : (uint64_t)((int64_t)a % (int64_t)b);
}

#endif
