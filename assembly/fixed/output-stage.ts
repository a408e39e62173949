/**
 * The output stage of layers with one multiplier per channel: from sums of products to int8.
 *
 *     out = clamp(multiply(bias + Σ w·x, q, exponent) + zeroPoint, low, high)
 *
 * In memory, written by host/compiler/requantize-mvp.ts: a header of four i32, then 16 bytes per channel.
 *
 *     0  zeroPoint   of the output                           0  constant  i64
 *     4  low         clamp of the fused activation,          8  q         i32, in [2^30, 2^31), or 0
 *     8  high        −128 ≤ low ≤ high ≤ 127                12  shift     i32, 31 − exponent (1 to 62) + 64 · form
 *    12  unused
 *
 * PLAIN and BRACKET fold bias, both roundings and the zero point into one constant:
 *
 *     t = Σ w·x · q + constant,   constant = bias · q + 2^30 (double rounding) + (zeroPoint + 1/2) · 2^shift
 *     out = clamp(t >> shift)
 *
 * The host takes these forms where t fits i64 for every sum that can occur. A constant channel has q = 0. In the other
 * forms the constant is the bias, and bias + Σ w·x is taken modulo 2^32, where it fits.
 *
 * Sums that share a word arrive with an offset (lanes.ts). It is taken out of the constant here, modulo 2^64, so that the
 * constants are the same for kernels whose sums have none.
 */
import { ONE, THREE } from "./lanes";
import {
  multiplyByQuantizedMultiplierDouble,
  multiplyByQuantizedMultiplierSingle,
} from "./requantize";

/**
 * One shift is all: single rounding; double rounding with exponent 0; double rounding with low ≥ zeroPoint, where the
 * bracket changes only what the clamp hides.
 */
export const PLAIN = 0;
/** Double rounding: 2^31 is taken from results that are negative before (zeroPoint + 1/2) · 2^shift is added. */
export const BRACKET = 1;
/** Whatever does not fit, in double and in single rounding. */
export const ANY_DOUBLE = 2;
export const ANY_SINGLE = 3;

export const STAGE_BYTES: usize = 16;
export const CHANNEL_BYTES: usize = 16;

/**
 * One, two or three neighbouring outputs of each channel, whose sums share one i64 and have its offset in every field.
 *
 * @param sums    i64[count], as in lanes.ts
 * @param count   channels, at least 1
 * @param stage   the header
 * @param channel the first channel's 16 bytes
 * @param out0    i8[count] of the first output; written last, so that equal addresses hold it
 * @param out1    of the second. With one lane: out0
 * @param out2    of the third. With fewer lanes it is not written
 * @param lane    21, 32 or 63
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
  const low = i64.load32_s(stage, 4);
  const high = i64.load32_s(stage, 8);
  const bits = i64(lane);
  const mask = (i64(1) << bits) - 1;
  const offset = bits - 1;
  const three = lane === THREE;
  for (const end = sums + (usize(count) << 3); sums < end; sums += 8) {
    const word = load<i64>(sums);
    const q = i64.load32_s(channel, 8);
    const constant = load<i64>(channel) - (q << offset);
    const shift = i64.load32_s(channel, 12); // i64 shifts take it modulo 64
    if (shift < BRACKET << 6) {
      if (three) i64.store8(out2, clamp(((word >>> 42) * q + constant) >> shift, low, high));
      i64.store8(out1, clamp((((word >>> bits) & mask) * q + constant) >> shift, low, high));
      i64.store8(out0, clamp(((word & mask) * q + constant) >> shift, low, high));
    } else if (shift < ANY_DOUBLE << 6) {
      const half = halfOf(i64.load32_s(stage), shift);
      if (three)
        i64.store8(out2, clamp(bracketed((word >>> 42) * q + constant, half) >> shift, low, high));
      i64.store8(
        out1,
        clamp(bracketed(((word >>> bits) & mask) * q + constant, half) >> shift, low, high),
      );
      i64.store8(out0, clamp(bracketed((word & mask) * q + constant, half) >> shift, low, high));
    } else {
      for (let at = three ? 42 : bits; at >= 0; at -= bits) {
        const out = at === 0 ? out0 : at === bits ? out1 : out2;
        const sum = i32(((word >>> at) & mask) - (i64(1) << offset) + load<i64>(channel));
        const scaled = scale(sum, i32(q), i32(shift));
        i64.store8(out, clamp(i64(scaled) + i64.load32_s(stage), low, high));
      }
    }
    channel += CHANNEL_BYTES;
    out0++;
    out1++;
    out2++;
  }
}

/**
 * Sums of their own, one for each channel: what requantizeLanes does with one lane, in half of its instructions. The rare
 * forms are left to it, outside of the inner loop, which so calls nothing.
 *
 * @param sums    i64[count], of either sign
 * @param channel the first channel's 16 bytes
 * @param out     i8[count]
 */
export function requantizeSums(
  sums: usize,
  count: i32,
  stage: usize,
  channel: usize,
  out: usize,
): void {
  const low = i64.load32_s(stage, 4);
  const high = i64.load32_s(stage, 8);
  const end = out + count;
  while (out < end) {
    for (; out < end; ++out) {
      const q = i64.load32_s(channel, 8);
      const shift = i64.load32_s(channel, 12); // i64 shifts take it modulo 64
      let value = load<i64>(sums) * q + load<i64>(channel);
      if (shift >= BRACKET << 6) {
        if (shift >= ANY_DOUBLE << 6) break;
        value = bracketed(value, halfOf(i64.load32_s(stage), shift));
      }
      i64.store8(out, clamp(value >> shift, low, high));
      sums += 8;
      channel += CHANNEL_BYTES;
    }
    if (out < end) {
      requantizeLanes(sums, 1, stage, channel, out, out, out, ONE);
      ++out;
      sums += 8;
      channel += CHANNEL_BYTES;
    }
  }
}

/** (zeroPoint + 1/2) · 2^shift; it fits wherever the host chooses BRACKET. */
export function halfOf(zeroPoint: i64, shift: i64): i64 {
  return (2 * zeroPoint + 1) << (shift - 1);
}

/** Takes 2^31 from t where it was negative before `half` was added. |t − half| ≤ 2^62 + 2^30. */
export function bracketed(t: i64, half: i64): i64 {
  return t + (((t - half) >> 63) << 31);
}

export function clamp(x: i64, low: i64, high: i64): i64 {
  return min(max(x, low), high);
}

function scale(acc: i32, q: i32, shift: i32): i32 {
  const exponent = 31 - (shift & 63);
  return shift < ANY_SINGLE << 6
    ? multiplyByQuantizedMultiplierDouble(acc, q, exponent)
    : multiplyByQuantizedMultiplierSingle(acc, q, exponent);
}
