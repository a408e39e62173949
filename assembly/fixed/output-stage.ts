/**
 * The output stage of layers with one multiplier per channel: from sums of products to int8.
 *
 *     out = clamp(multiply(bias + Σ w·x, q, exponent) + zeroPoint, low, high)
 *
 * Stage in memory, all i32, written by host/compiler/requantize-mvp.ts:
 *
 *     0  zeroPoint   of the output
 *     4  low         clamp of the fused activation, −128 ≤ low ≤ high ≤ 127
 *     8  high
 *    12  form        below
 *    16  12 bytes per channel: bias (input zero point folded in), q, exponent
 */
import { above, lowest, THREE } from "./lanes";
import {
  multiplyByQuantizedMultiplierDouble,
  multiplyByQuantizedMultiplierSingle,
} from "./requantize";

/**
 * In the first three forms every exponent is −24 to −1 and every Σ w·x fits int32, so that bias, both roundings and
 * the zero point are one i64 constant per channel: out = clamp((Σ w·x · q + constant) >> (31 − exponent)).
 */
/** double rounding, low ≥ zeroPoint: the bracket of negative results changes only what the clamp hides */
export const DOUBLE_RECTIFIED = 0;
export const DOUBLE = 1;
export const SINGLE = 2;
/** exponents −31 to 30; the sum is taken modulo 2^32, which holds bias + Σ w·x */
export const DOUBLE_ANY = 3;
export const SINGLE_ANY = 4;

export const STAGE_BYTES: usize = 16;
export const CHANNEL_BYTES: usize = 12;

/**
 * Two or three neighbouring outputs of each channel, whose sums share one i64.
 *
 * @param sums    i64[count]: Σ w·x of pixel p is field p, signed, of `lane` bits (the last field: the rest)
 * @param count   channels
 * @param stage   header of the stage
 * @param channel the first channel's 12 bytes
 * @param out0    i8[count] of pixel 0, and so on. Equal addresses hold equal results; out2 unused with two lanes
 * @param lane    21: three pixels, 32: two pixels
 */
export function requantizeLanes(
  sums: usize,
  count: i32,
  stage: usize,
  channel: usize,
  out0: usize,
  out1: usize,
  out2: usize,
  lane: i32,
): void {
  const zeroPoint = load<i32>(stage);
  const low = load<i32>(stage, 4);
  const high = load<i32>(stage, 8);
  const form = load<i32>(stage, 12);
  const bits = i64(lane);
  const three = lane === THREE;
  const any = form >= DOUBLE_ANY;
  const nudge: i64 = form === SINGLE ? 0 : 1 << 30;
  const odd = i64(2 * zeroPoint + 1);
  const end = sums + (usize(count) << 3);
  for (; sums < end; sums += 8) {
    let word = load<i64>(sums);
    const sum0 = lowest(word, bits);
    word = above(word, sum0, bits);
    const sum1 = lowest(word, bits);
    const sum2 = above(word, sum1, bits);
    const bias = load<i32>(channel);
    const q = load<i32>(channel, 4);
    const exponent = load<i32>(channel, 8);
    channel += CHANNEL_BYTES;
    if (any) {
      store<i8>(out0, requantizeAny(bias + i32(sum0), q, exponent, stage));
      store<i8>(out1, requantizeAny(bias + i32(sum1), q, exponent, stage));
      if (three) store<i8>(out2, requantizeAny(bias + i32(sum2), q, exponent, stage));
    } else {
      const shift = i64(31 - exponent); // 32 to 55
      // half of the last place and the zero point: |2z + 1| · 2^54 < 2^62
      const half = odd << (shift - 1);
      const m = i64(q);
      // |acc · q| ≤ 2^62, so |acc · q + half| < 2^63 − 2^53
      const constant = i64(bias) * m + nudge + half;
      const bracketBelow = form === DOUBLE ? half : i64.MIN_VALUE;
      store<i8>(out0, narrow(sum0 * m + constant, bracketBelow, shift, low, high));
      store<i8>(out1, narrow(sum1 * m + constant, bracketBelow, shift, low, high));
      if (three) store<i8>(out2, narrow(sum2 * m + constant, bracketBelow, shift, low, high));
    }
    out0++;
    out1++;
    out2++;
  }
}

/** The shift and the clamp. Double rounding takes 2^31 from results that were negative before `half` was added. */
function narrow(t: i64, bracketBelow: i64, shift: i64, low: i32, high: i32): i32 {
  const out = i32((t - (t < bracketBelow ? i64(1) << 31 : 0)) >> shift);
  return min(max(out, low), high);
}

/** One output of any stage, from its accumulator. */
export function requantizeAny(acc: i32, q: i32, exponent: i32, stage: usize): i32 {
  const form = load<i32>(stage, 12);
  const zeroPoint = load<i32>(stage);
  const scaled =
    form === SINGLE || form === SINGLE_ANY
      ? multiplyByQuantizedMultiplierSingle(acc, q, exponent)
      : multiplyByQuantizedMultiplierDouble(acc, q, exponent);
  // clamped before the zero point is added: scaled may be any i32
  return (
    min(max(scaled, load<i32>(stage, 4) - zeroPoint), load<i32>(stage, 8) - zeroPoint) + zeroPoint
  );
}
