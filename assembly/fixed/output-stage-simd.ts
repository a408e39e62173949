/**
 * The output stage of the SIMD build, eight channels at a time: from sums of products to numbers that only need to be
 * narrowed to int8.
 *
 *     out = (sum · 2^d · q + constant) >> (32 + shift)
 *
 * One shift serves all lanes, because V8 has no fast shift per lane: channels with a smaller one are scaled up by 2^d
 * first. The constant holds the bias, both roundings and the zero point. Per block of eight channels in memory, written
 * by host/compiler/requantize-simd.ts:
 *
 *       0  q         i32[8]
 *      32  constant  i64[8]
 *      96  scale     i32[8], 2^d                  only where SCALED
 *          bracket   i64[8], 2^(31 + d) or 0      only where BRACKET
 *
 * Bounds, proved by the host for every sum that can occur: |sum · 2^d| < 2^31, |sum · 2^d · q + constant| < 2^63.
 */
/** Above it the saturating narrowing to i16 could hide what a shift after it would still bring into int8. */
export const MAX_LATE_SHIFT = 8;

/**
 * @param low, high sums of channels 0–3 and 4–7
 * @param block     the block's constants
 * @param shift     0 to 31
 * @param scaled    1: the block holds scales
 * @param bracket   1: double rounding without a clamp at the zero point: the block holds brackets, taken from every
 *                  result below (zeroPoint + 1/2) · 2^(32 + shift)
 * @param zeroPoint of the output; used with bracket
 * @returns i16[8]; values beyond int8 may have saturated beyond int8
 */
export function requantizeBlock(
  low: v128,
  high: v128,
  block: usize,
  shift: i32,
  scaled: i32,
  bracket: i32,
  zeroPoint: i32,
): v128 {
  if (scaled) {
    low = i32x4.mul(low, v128.load(block, 96));
    high = i32x4.mul(high, v128.load(block, 112));
  }
  const q0 = v128.load(block);
  const q1 = v128.load(block, 16);
  let t0 = i64x2.add(i64x2.extmul_low_i32x4_s(low, q0), v128.load(block, 32));
  let t1 = i64x2.add(i64x2.extmul_high_i32x4_s(low, q0), v128.load(block, 48));
  let t2 = i64x2.add(i64x2.extmul_low_i32x4_s(high, q1), v128.load(block, 64));
  let t3 = i64x2.add(i64x2.extmul_high_i32x4_s(high, q1), v128.load(block, 80));
  if (bracket) {
    const brackets = block + (scaled ? 128 : 96);
    const limit = i64x2.splat(i64(2 * zeroPoint + 1) << i64(31 + shift));
    t0 = i64x2.sub(t0, v128.and(v128.load(brackets), i64x2.lt_s(t0, limit)));
    t1 = i64x2.sub(t1, v128.and(v128.load(brackets, 16), i64x2.lt_s(t1, limit)));
    t2 = i64x2.sub(t2, v128.and(v128.load(brackets, 32), i64x2.lt_s(t2, limit)));
    t3 = i64x2.sub(t3, v128.and(v128.load(brackets, 48), i64x2.lt_s(t3, limit)));
  }
  // the high words: a shift by 32 without V8's slow i64x2.shr_s
  let words0 = v128.shuffle<i32>(t0, t1, 1, 3, 5, 7);
  let words1 = v128.shuffle<i32>(t2, t3, 1, 3, 5, 7);
  if (shift > MAX_LATE_SHIFT) {
    words0 = i32x4.shr_s(words0, shift);
    words1 = i32x4.shr_s(words1, shift);
    return i16x8.narrow_i32x4_s(words0, words1);
  }
  // saturated to ± 2^15 and then shifted by at most 8: still beyond int8 where it was
  return i16x8.shr_s(i16x8.narrow_i32x4_s(words0, words1), shift);
}
