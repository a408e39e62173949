/**
 * κ·x, rounded half up: what x loses in one step.
 *
 * @param x        |x| < 2^29
 * @param mantissa κ · 2^shift, 0 ≤ mantissa < 2^31
 * @param shift    16 to 60
 */
export function leak(x: i32, mantissa: i64, shift: i64): i32 {
  return i32((i64(x) * mantissa + (i64(1) << (shift - 1))) >> shift); // |sum| < 2^60 + 2^59
}
