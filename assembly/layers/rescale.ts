import { multiplyByQuantizedMultiplier } from "../fixed/requantize";

/**
 * QUANTIZE where a table of all inputs would be too large: int16 at one end, or at both.
 *
 *     out = clamp(multiply(x − zeroPointIn, q, exponent) + zeroPoint, low, high)
 *
 * @param input  From[count], i8 or i16
 * @param output To[count], i8 or i16; may be the input where they are as large
 */
export function rescale<From, To>(
  input: usize,
  output: usize,
  count: i32,
  zeroPointIn: i32,
  q: i32,
  exponent: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  // clamped before the zero point is added: what was multiplied may be any i32
  const lowest = low - zeroPoint;
  const highest = high - zeroPoint;
  for (let k = 0; k < count; ++k) {
    const x = i32(load<From>(input)) - zeroPointIn; // |x| < 2^16
    const scaled = multiplyByQuantizedMultiplier(x, q, exponent, rounding);
    const y = min(max(scaled, lowest), highest) + zeroPoint;
    if (sizeof<To>() === 1) store<i8>(output, y);
    else store<i16>(output, y);
    input += sizeof<From>();
    output += sizeof<To>();
  }
}
