/**
 * TFLite: MultiplyByQuantizedMultiplier. x times the real multiplier q · 2^(exponent − 31), as int32, in the two
 * roundings that are both ground truth. q is 0 or in [2^30, 2^31).
 */

/**
 * Double rounding: RoundingDivideByPOT(SaturatingRoundingDoublingHighMul(x · 2^max(exponent, 0), q), max(−exponent, 0)).
 *
 * @param exponent −31 to 30. Where TFLite's x · 2^exponent would overflow int32 (undefined there), it saturates
 */
export function multiplyByQuantizedMultiplierDouble(x: i32, q: i32, exponent: i32): i32 {
  if (exponent > 0) x = saturatingLeftShift(x, exponent);
  const t = i64(x) * i64(q) + (1 << 30); // |t| < 2^62 + 2^30
  if (exponent >= 0) return i32(t >> 31);
  // ties away from zero: half is added, and one part of 2^31 taken from negative numbers
  const bracket: i64 = t < 0 ? 1 << 31 : 0;
  return i32((t + (i64(1) << (30 - exponent)) - bracket) >> (31 - exponent)); // |sum| ≤ 2^62 + 2^61 + 2^32
}

/**
 * Single rounding: x · q / 2^(31 − exponent), half up.
 *
 * @param exponent −31 to 30; the result saturates
 */
export function multiplyByQuantizedMultiplierSingle(x: i32, q: i32, exponent: i32): i32 {
  const shift = i64(31 - exponent);
  const t = (i64(x) * i64(q) + (i64(1) << (shift - 1))) >> shift; // |sum| ≤ 2^62 + 2^61
  return i32(min<i64>(max<i64>(t, i32.MIN_VALUE), i32.MAX_VALUE));
}

/** x · 2^n held at the ends of the i32 range, 0 ≤ n ≤ 31. gemmlowp: SaturatingLeftShift. */
export function saturatingLeftShift(x: i32, n: i32): i32 {
  const wide = i64(x) << n; // |x| · 2^31 ≤ 2^62
  return i32(min<i64>(max<i64>(wide, i32.MIN_VALUE), i32.MAX_VALUE));
}
