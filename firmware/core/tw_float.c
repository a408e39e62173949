#include "tw_float.h"

#include "tw_bytes.h"

#include <stdbool.h>
#include <string.h>

static float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t to_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

int8_t tw_float_quantise(uint32_t x, uint32_t scale, int32_t zero) {
    float q = from_bits(x) / from_bits(scale);
    int32_t whole = 0;
    if (q > 1e6f) { // beyond every int8, whatever sensible zero point is added
        whole = 1000000;
    } else if (q < -1e6f) {
        whole = -1000000;
    } else if (q == q) {
        whole = (int32_t)q;
        float rest = q - (float)whole; // exact: |rest| < 1 and has no bit that q has not
        if (rest >= 0.5f) {
            whole++;
        } else if (rest <= -0.5f) {
            whole--;
        }
    }
    int64_t sum = (int64_t)whole + zero;
    return (int8_t)(sum < -128 ? -128 : sum > 127 ? 127 : sum);
}

static float dequantised(int8_t q, float scale, int32_t zero) {
    // by unsigned numbers: a zero point of nonsense may wrap, it must not be undefined
    return (float)(int32_t)((uint32_t)q - (uint32_t)zero) * scale;
}

uint32_t tw_float_dequantise(int8_t q, uint32_t scale, int32_t zero) {
    return to_bits(dequantised(q, from_bits(scale), zero));
}

uint32_t tw_float_squared_error(const uint8_t *input, const uint8_t *output, size_t n,
                                uint32_t scale, int32_t zero) {
    float sum = 0;
    for (size_t k = 0; k < n; ++k) {
        // one operation per statement: a compiler that may fuse within an expression has nothing to fuse,
        // and every board computes the same bits
        float diff = dequantised((int8_t)output[k], from_bits(scale), zero);
        diff -= from_bits(tw_get32(input + 4 * k));
        float square = diff * diff;
        sum += square;
    }
    return to_bits(sum / (float)n);
}

#define DIGITS 39u // 2^128 has 39

// m * 2^doublings in decimal, by doubling its digits: rare enough to be slow.
static size_t put_whole(uint32_t m, unsigned doublings, char *text) {
    uint8_t digits[DIGITS] = {0}; // the lowest first
    size_t n = 0;
    do {
        digits[n++] = (uint8_t)(m % 10u);
        m /= 10u;
    } while (m != 0);
    for (; doublings > 0; --doublings) {
        unsigned carry = 0;
        for (size_t k = 0; k < n; ++k) {
            unsigned twice = 2u * digits[k] + carry;
            carry = twice >= 10 ? 1 : 0;
            digits[k] = (uint8_t)(twice - 10 * carry);
        }
        if (carry != 0) { // n < DIGITS: a float32 is below 2^128
            digits[n++] = 1;
        }
    }
    for (size_t k = 0; k < n; ++k) {
        text[k] = (char)('0' + digits[n - 1 - k]);
    }
    return n;
}

// m * 1000 / 2^shift, rounded.
static uint64_t thousandths(uint32_t m, unsigned shift, tw_rounding_t rounding) {
    uint64_t p = (uint64_t)m * 1000u; // m < 2^24, so p < 2^34
    if (shift > 35) {
        return 0; // less than half of one
    }
    uint64_t q = p >> shift;
    uint64_t rest = p - (q << shift);
    uint64_t half = (uint64_t)1 << (shift - 1);
    bool up = rest > half || (rest == half && (q & 1u) != 0);
    return up && rounding == TW_HALF_EVEN ? q + 1 : q;
}

size_t tw_float_print(uint32_t x, tw_rounding_t rounding, char text[TW_FLOAT_TEXT]) {
    unsigned exponent = (x >> 23) & 0xffu;
    uint32_t m = x & 0x7fffffu;
    size_t n = 0;
    if (x >> 31 != 0) {
        text[n++] = '-';
    }
    if (exponent == 0xff) {
        memcpy(text + n, m == 0 ? "inf" : "nan", 4);
        return n + 3;
    }
    if (exponent == 0) {
        exponent = 1; // subnormal: no leading bit
    } else {
        m |= 0x800000u;
    }
    uint32_t fraction = 0;
    if (exponent >= 150) { // m * 2^(exponent - 150)
        n += put_whole(m, exponent - 150, text + n);
    } else {
        uint64_t q = thousandths(m, 150 - exponent, rounding);
        fraction = (uint32_t)(q % 1000u);
        n += put_whole((uint32_t)(q / 1000u), 0, text + n); // q / 1000 <= 2^24
    }
    text[n++] = '.';
    text[n++] = (char)('0' + fraction / 100u);
    text[n++] = (char)('0' + fraction / 10u % 10u);
    text[n++] = (char)('0' + fraction % 10u);
    text[n] = '\0';
    return n;
}
