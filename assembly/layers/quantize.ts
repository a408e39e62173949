import { multiplyByQuantizedMultiplier } from "../fixed/requantize";

/**
 * QUANTIZE from int8 to int8 of every byte, and with bounds RELU and RELU6.
 *
 *     out = clamp(multiply(x − zeroPoint, q, exponent) + zeroPointOut, low, high)
 *
 * @param table i8[256], indexed by the byte as u8
 */
export function quantizeTable(
  table: usize,
  zeroPoint: i32,
  q: i32,
  exponent: i32,
  zeroPointOut: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  for (let byte = 0; byte < 256; ++byte) {
    const scaled = multiplyByQuantizedMultiplier(i32(i8(byte)) - zeroPoint, q, exponent, rounding);
    store<i8>(
      table + byte,
      min(max(scaled, low - zeroPointOut), high - zeroPointOut) + zeroPointOut,
    );
  }
}
