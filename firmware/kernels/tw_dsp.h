// The instructions of the DSP extension that the kernels use, by their names.
#ifndef TW_DSP_H
#define TW_DSP_H

#include <stdint.h>
#include <string.h>

// Bytes 0 and 2 as a pair of i16.
static inline uint32_t tw_sxtb16(uint32_t x) {
    uint32_t pair;
    __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(x));
    return pair;
}

// Bytes 1 and 3.
static inline uint32_t tw_sxtb16_odd(uint32_t x) {
    uint32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(x));
    return pair;
}

// The low half of a, and that of b.
static inline uint32_t tw_low_halves(uint32_t a, uint32_t b) {
    uint32_t pair;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(a), "r"(b));
    return pair;
}

// The high half of a, and that of b.
static inline uint32_t tw_high_halves(uint32_t a, uint32_t b) {
    uint32_t pair;
    __asm__("pkhtb %0, %2, %1, asr #16" : "=r"(pair) : "r"(a), "r"(b));
    return pair;
}

// sum + a.low · b.low + a.high · b.high
static inline int32_t tw_smlad(uint32_t a, uint32_t b, int32_t sum) {
    int32_t result;
    __asm__("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

// sum + a.low · b.low
static inline int32_t tw_smlabb(uint32_t a, uint32_t b, int32_t sum) {
    int32_t result;
    __asm__("smlabb %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

// sum + a.low · b.high
static inline int32_t tw_smlabt(uint32_t a, uint32_t b, int32_t sum) {
    int32_t result;
    __asm__("smlabt %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

// sum + a.high · b.low
static inline int32_t tw_smlatb(uint32_t a, uint32_t b, int32_t sum) {
    int32_t result;
    __asm__("smlatb %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

// sum + a.high · b.high
static inline int32_t tw_smlatt(uint32_t a, uint32_t b, int32_t sum) {
    int32_t result;
    __asm__("smlatt %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

// Four bytes at any address: these processors read them in one instruction.
static inline uint32_t tw_load32(const void *at) {
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

#endif
