/**
 * fixed/leak.ts for four numbers: x · 4 still fits an i32, and with shift ≥ 30 all that is left of a product stands in
 * its upper half.
 */
export function leak(x: v128, mantissa: i32, shift: i32): v128 {
  const k = i32x4.splat(mantissa);
  const half = i64x2.splat(i64(1) << i64(shift + 1));
  const y = i32x4.shl(x, 2);
  const low = i64x2.add(i64x2.extmul_low_i32x4_s(y, k), half);
  const high = i64x2.add(i64x2.extmul_high_i32x4_s(y, k), half);
  return i32x4.shr_s(v128.shuffle<i32>(low, high, 1, 3, 5, 7), shift - 30);
}
