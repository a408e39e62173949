import { multiplyByQuantizedMultiplier } from "../fixed/requantize";

/**
 * QUANTIZE where one side is uint8, at an edge of a network: the same of the 256 values from `least` on.
 *
 *     out = clamp(multiply(x − zeroPoint, q, exponent) + zeroPointOut, low, high)
 *
 * @param table u8[256], indexed by the byte as u8
 * @param least −128 for int8, 0 for uint8
 * @param low   −128 or 0; high is low + 255
 */
export function quantizeEdgeTable(
  table: usize,
  least: i32,
  zeroPoint: i32,
  q: i32,
  exponent: i32,
  zeroPointOut: i32,
  low: i32,
  rounding: i32,
): void {
  for (let x = least; x < least + 256; ++x) {
    const scaled = multiplyByQuantizedMultiplier(x - zeroPoint, q, exponent, rounding);
    const most = low + 255 - zeroPointOut;
    store<u8>(table + (x & 255), min(max(scaled, low - zeroPointOut), most) + zeroPointOut);
  }
}

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
