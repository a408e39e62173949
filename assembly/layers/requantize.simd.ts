import { BRACKET, OUT_ZERO_POINT, SCALED, SHIFT } from "./shape";

/**
 * The output stage of the SIMD build, eight channels at a time: from sums of products to numbers that only need to be
 * narrowed to int8.
 *
 *     out = (sum · 2^d · q + constant) >> (32 + SHIFT)
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
 *
 * Three functions instead of one, because asc inlines only small ones: join(first(…), second(…)).
 *
 * @param sums  of channels 0–3
 * @param block the block's constants
 * @returns i32[4]: out · 2^SHIFT and a fraction
 */
export function first(sums: v128, block: usize): v128 {
  if (SCALED) sums = i32x4.mul(sums, v128.load(block, 96));
  const q = v128.load(block);
  let t0 = i64x2.add(i64x2.extmul_low_i32x4_s(sums, q), v128.load(block, 32));
  let t1 = i64x2.add(i64x2.extmul_high_i32x4_s(sums, q), v128.load(block, 48));
  if (BRACKET) {
    t0 = bracketed(t0, v128.load(block, BRACKETS));
    t1 = bracketed(t1, v128.load(block, BRACKETS + 16));
  }
  // the high words: a shift by 32 without V8's slow i64x2.shr_s
  return v128.shuffle<i32>(t0, t1, 1, 3, 5, 7);
}

/** The same of channels 4–7. */
export function second(sums: v128, block: usize): v128 {
  if (SCALED) sums = i32x4.mul(sums, v128.load(block, 112));
  const q = v128.load(block, 16);
  let t0 = i64x2.add(i64x2.extmul_low_i32x4_s(sums, q), v128.load(block, 64));
  let t1 = i64x2.add(i64x2.extmul_high_i32x4_s(sums, q), v128.load(block, 80));
  if (BRACKET) {
    t0 = bracketed(t0, v128.load(block, BRACKETS + 32));
    t1 = bracketed(t1, v128.load(block, BRACKETS + 48));
  }
  return v128.shuffle<i32>(t0, t1, 1, 3, 5, 7);
}

/** All eight channels: i16[8]; values beyond int8 may have saturated beyond int8. */
export function join(low: v128, high: v128): v128 {
  if (SHIFT > MAX_LATE_SHIFT) {
    return i16x8.narrow_i32x4_s(i32x4.shr_s(low, SHIFT), i32x4.shr_s(high, SHIFT));
  }
  // saturated to ± 2^15 and then shifted by at most 8: still beyond int8 where it was
  return i16x8.shr_s(i16x8.narrow_i32x4_s(low, high), SHIFT);
}

/** Above it the saturating narrowing to i16 could hide what a shift after it would still bring into int8. */
const MAX_LATE_SHIFT = 8;

/** Offset of the brackets in a block. */
const BRACKETS = SCALED ? 128 : 96;

/** Double rounding takes the bracket from results that were negative before half a unit and the zero point were added. */
function bracketed(t: v128, bracket: v128): v128 {
  const half = i64x2.splat(i64(2 * OUT_ZERO_POINT + 1) << i64(31 + SHIFT));
  return i64x2.sub(t, v128.and(bracket, i64x2.lt_s(t, half)));
}
