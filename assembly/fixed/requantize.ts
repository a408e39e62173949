import { saturatingLeftShift } from "./saturating";

/**
 * TFLite: MultiplyByQuantizedMultiplier. x times the real multiplier q · 2^(exponent − 31), as int32, in the two
 * roundings that are both ground truth. q is 0 or in [2^30, 2^31); that of MEAN, divided by a count, may be below 2^30.
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

/** The rounding, as an argument of kernels. */
export const DOUBLE_ROUNDING = 0;
export const SINGLE_ROUNDING = 1;

/** x · q · 2^(exponent − 31) in either rounding. */
export function multiplyByQuantizedMultiplier(x: i32, q: i32, exponent: i32, rounding: i32): i32 {
  return rounding === SINGLE_ROUNDING
    ? multiplyByQuantizedMultiplierSingle(x, q, exponent)
    : multiplyByQuantizedMultiplierDouble(x, q, exponent);
}

/**
 * The same for many x and one multiplier without a left shift: product = x · q, and
 *
 *     shift = 31 − exponent, exponent ≤ 0         nudge = nudgeOf(exponent, rounding)
 */
export function roundingShift(product: i64, shift: i64, nudge: i64): i32 {
  const t = product + nudge; // |product| ≤ 2^62
  // ties away from zero: half is added, and one part of 2^31 = 2 · nudge taken from negative numbers
  return i32((t + (i64(1) << (shift - 1)) - (t < 0 ? nudge << 1 : 0)) >> shift);
}

/** What double rounding adds for its first rounding; 0 where it has only one. */
export function nudgeOf(exponent: i32, rounding: i32): i64 {
  return rounding === DOUBLE_ROUNDING && exponent < 0 ? 1 << 30 : 0;
}
