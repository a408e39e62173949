/** The elementary operations of gemmlowp's fixed point: sums, shifts and products that round and saturate. */

/** x · 2^n held at the ends of the i32 range, 0 ≤ n ≤ 31. gemmlowp: SaturatingLeftShift. */
export function saturatingLeftShift(x: i32, n: i32): i32 {
  const wide = i64(x) << n; // |x| · 2^31 ≤ 2^62
  return i32(min<i64>(max<i64>(wide, i32.MIN_VALUE), i32.MAX_VALUE));
}

/**
 * a · b of two fractions: floor((a·b + 2^30) / 2^31). Qa.f times Q1.31 keeps Qa.f. Only −2^31 · −2^31 does not fit and
 * saturates. gemmlowp: SaturatingRoundingDoublingHighMul.
 */
export function saturatingRoundingDoublingHighMul(a: i32, b: i32): i32 {
  const high = (i64(a) * i64(b) + (1 << 30)) >> 31; // |a·b| ≤ 2^62, |high| ≤ 2^31
  return i32(min<i64>(high, i32.MAX_VALUE));
}

/** x / 2^n, 0 ≤ n ≤ 62, half away from zero. gemmlowp: RoundingDivideByPOT. */
export function roundingDivideByPot(x: i32, n: i32): i32 {
  const half = (i64(1) << n) >> 1; // 0 where n = 0
  const tie: i64 = n > 0 && x < 0 ? 1 : 0; // a negative tie rounds down
  return i32((i64(x) + half - tie) >> n); // |sum| ≤ 2^31 + 2^61
}

/** (a + b) / 2, half away from zero: always fits. gemmlowp: RoundingHalfSum. */
export function roundingHalfSum(a: i32, b: i32): i32 {
  const sum = i64(a) + i64(b);
  return i32((sum + (sum >= 0 ? 1 : -1)) / 2);
}
