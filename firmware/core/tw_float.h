// The one place with floating point: MLPerf Tiny's anomaly task sends float32 and asks for a mean squared error, and
// every task prints its results as decimals. Numbers come and go by their bits, so no other file holds a float.
#ifndef TW_FLOAT_H
#define TW_FLOAT_H

#include <stddef.h>
#include <stdint.h>

// A float32 as TFLite's QUANTIZE makes it an int8: x / scale, rounded half away from zero, plus zero, clamped.
// NaN, whose conversion C leaves open, becomes the zero point.
int8_t tw_float_quantise(uint32_t x, uint32_t scale, int32_t zero);

// (q - zero) * scale in float32, as TFLite's DEQUANTIZE.
uint32_t tw_float_dequantise(int8_t q, uint32_t scale, int32_t zero);

// The mean over n of (dequantised output - input)^2, added up in float32 in the order of the elements, as the
// reference does.
//
// input   float32[n], little-endian, at any address
// output  int8[n], n >= 1
uint32_t tw_float_squared_error(const uint8_t *input, const uint8_t *output, size_t n,
                                uint32_t scale, int32_t zero);

typedef enum tw_rounding {
    TW_HALF_EVEN = 0, // printf's "%0.3f"
    TW_TRUNCATE = 1,  // digit by digit, as the keyword spotting reference prints
} tw_rounding_t;

#define TW_FLOAT_TEXT 48u // sign, 39 digits, point, 3 digits, end

// Writes a float32 with three decimals, exactly rounded. Returns the characters before the ending zero.
size_t tw_float_print(uint32_t x, tw_rounding_t rounding, char text[TW_FLOAT_TEXT]);

#endif
