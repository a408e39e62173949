import { multiplyByQuantizedMultiplier } from "../fixed/requantize";

/**
 * LEAKY_RELU of int16, zero points 0: another multiplier below zero than above.
 *
 *     out = sat16(x < 0 ? multiply(sign · x, alpha) : multiply(x, identity))
 *
 * @param input  i16[count]
 * @param output the same; may be the input
 * @param sign   of alpha: 1 or −1
 */
export function leakyReluI16(
  input: usize,
  output: usize,
  count: i32,
  identityQ: i32,
  identityExponent: i32,
  alphaQ: i32,
  alphaExponent: i32,
  sign: i32,
  rounding: i32,
): void {
  for (const end = input + (count << 1); input < end; input += 2) {
    const x = i32(load<i16>(input));
    const scaled =
      x < 0
        ? multiplyByQuantizedMultiplier(sign * x, alphaQ, alphaExponent, rounding)
        : multiplyByQuantizedMultiplier(x, identityQ, identityExponent, rounding);
    store<i16>(output, min(max(scaled, -32768), 32767));
    output += 2;
  }
}
