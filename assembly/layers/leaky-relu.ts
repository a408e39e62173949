import { multiplyByQuantizedMultiplier } from "../fixed/requantize";

/**
 * LEAKY_RELU of every byte: another multiplier below zero than above.
 *
 *     d = x − zeroPoint        out = sat8(zeroPointOut + (d < 0 ? multiply(sign · d, alpha) : multiply(d, identity)))
 *
 * @param table i8[256], indexed by the byte as u8
 * @param sign  of alpha: 1 or −1
 */
export function leakyReluTable(
  table: usize,
  zeroPoint: i32,
  identityQ: i32,
  identityExponent: i32,
  alphaQ: i32,
  alphaExponent: i32,
  sign: i32,
  zeroPointOut: i32,
  rounding: i32,
): void {
  const low = -128 - zeroPointOut;
  const high = 127 - zeroPointOut;
  for (let byte = 0; byte < 256; ++byte) {
    const difference = i32(i8(byte)) - zeroPoint;
    const scaled =
      difference < 0
        ? multiplyByQuantizedMultiplier(sign * difference, alphaQ, alphaExponent, rounding)
        : multiplyByQuantizedMultiplier(difference, identityQ, identityExponent, rounding);
    store<i8>(table + byte, min(max(scaled, low), high) + zeroPointOut);
  }
}
