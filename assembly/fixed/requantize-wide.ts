/**
 * TFLite: MultiplyByQuantizedMultiplier of an int64, the same in both of its builds: 16 bits of the multiplier, one
 * rounding, half up. What leaves int32 saturates.
 *
 * @param x     |x| < 2^47
 * @param m     0 to 0x7fff
 * @param shift 8 to 46
 */
export function multiplyWide(x: i64, m: i64, shift: i64): i32 {
  const t = (x * m + (i64(1) << (shift - 1))) >> shift; // |x · m| < 2^62
  return i32(min<i64>(max<i64>(t, i32.MIN_VALUE), i32.MAX_VALUE));
}
