import { multiplyByQuantizedMultiplier } from "../fixed/requantize";

/**
 * ABS of every byte. TFLite leaves the product out where both scales are equal; a multiplier of exactly 1 is the same.
 *
 *     out = sat8(zeroPointOut + multiply(|x − zeroPoint|, q, exponent))
 *
 * @param table    i8[256], indexed by the byte as u8
 * @param exponent at most 10: |x − zeroPoint| ≤ 255 stays below 2^18
 */
export function absTable(
  table: usize,
  zeroPoint: i32,
  q: i32,
  exponent: i32,
  zeroPointOut: i32,
  rounding: i32,
): void {
  const high = 127 - zeroPointOut;
  for (let byte = 0; byte < 256; ++byte) {
    const magnitude = abs(i32(i8(byte)) - zeroPoint);
    // ≥ 0: only the upper end can be passed
    const scaled = multiplyByQuantizedMultiplier(magnitude, q, exponent, rounding);
    store<i8>(table + byte, min(scaled, high) + zeroPointOut);
  }
}
