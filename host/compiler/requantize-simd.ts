/** The output stage of the SIMD build: one shift for a whole layer, and what assembly/layers/requantize.simd.ts reads. */
import { at } from "../model/at.ts";
import type { Rounding } from "../model/multiplier.ts";
import type { Channel, OutputRange } from "./channels.ts";

/** Channels per block. */
export const BLOCK = 8;

/** The largest shift whose last part, 8, may follow the saturating narrowing to i16. */
const LATE = 32 + 8;
/** Beyond it an output of −128 · 2^shift and the sums around it could leave int64. */
const LARGEST = 55;

export type VectorStage = {
  /** the constants of requantize */
  readonly shape: Readonly<
    Record<
      "SHIFT" | "SCALED" | "BRACKET" | "OUT_ZERO_POINT" | "BLOCK_BYTES" | "LOW" | "HIGH",
      number
    >
  >;
  /** blocks of eight channels */
  readonly bytes: Uint8Array;
  /** per channel the exponent d of the scale 2^d; already in the weights where SCALED is 0 */
  readonly scales: readonly number[];
  /** per channel: computed by the vector kernel from its weights. Otherwise constant, or left to convolveChannels */
  readonly live: readonly boolean[];
  /** channels that no common shift serves */
  readonly scalar: readonly number[];
};

/**
 * @param largestWeight null: the kernel multiplies by 2^d. Otherwise scales may be folded into the weights, if those fit
 *   i16: the largest |w| of every channel
 * @param pass channels per pass of the kernel, a multiple of 8
 */
export function vectorStage(
  channels: readonly Channel[],
  range: OutputRange,
  rounding: Rounding,
  largestWeight: readonly number[] | null,
  pass: number = BLOCK,
): VectorStage {
  const total = commonShift(channels, range, rounding);
  const shift = total - 32;
  const scales = channels.map((c) =>
    c.constant === null ? Math.max(0, total - rightShift(c)) : 0,
  );
  const served = channels.map((c) => fits(c, total, range, rounding));
  const live = channels.map((c, n) => c.constant === null && served[n] === true);
  const folded = largestWeight?.every((w, n) => !live[n] || w * 2 ** at(scales, n) < 2 ** 15);
  const scaled = !folded && scales.some((d, n) => live[n] && d > 0);
  const bracket = rounding === "double" && range.low < range.zeroPoint;
  const blockBytes = 96 + (scaled ? 32 : 0) + (bracket ? 64 : 0);
  const blocks = Math.ceil(channels.length / pass) * (pass / BLOCK);
  const bytes = new Uint8Array(blocks * blockBytes);
  const view = new DataView(bytes.buffer);
  channels.forEach((channel, n) => {
    const block = Math.floor(n / BLOCK) * blockBytes;
    const lane = n % BLOCK;
    const d = at(scales, n);
    if (scaled) view.setInt32(block + 96 + 4 * lane, 2 ** d, true);
    if (channel.constant !== null) {
      const constant = BigInt(channel.constant) << BigInt(total);
      view.setBigInt64(block + 32 + 8 * lane, constant, true);
    } else if (served[n]) {
      view.setInt32(block + 4 * lane, channel.q, true);
      view.setBigInt64(block + 32 + 8 * lane, constantOf(channel, total, range, rounding), true);
      if (bracket && channel.exponent < 0) {
        view.setBigInt64(block + blockBytes - 64 + 8 * lane, 1n << BigInt(31 + d), true);
      }
    }
  });
  return {
    shape: {
      SHIFT: shift,
      SCALED: scaled ? 1 : 0,
      BRACKET: bracket ? 1 : 0,
      OUT_ZERO_POINT: bracket ? range.zeroPoint : 0,
      BLOCK_BYTES: blockBytes,
      LOW: range.low,
      HIGH: range.high,
    },
    bytes,
    scales,
    live,
    scalar: channels.flatMap((_, n) => (served[n] ? [] : [n])),
  };
}

/** 31 − exponent: what acc · q is shifted by. */
const rightShift = ({ exponent }: Channel): number => 31 - exponent;

/**
 * The shift that serves most channels. Where they differ, the same one in as many layers as possible: layers of one
 * shape and one shift share their code.
 */
function commonShift(channels: readonly Channel[], range: OutputRange, rounding: Rounding): number {
  const varying = channels.filter(({ constant }) => constant === null);
  const own = [...new Set(varying.map(rightShift))].filter(
    (shift) => shift >= 32 && shift <= LARGEST,
  );
  const candidates = own.length === 1 ? [...own, LATE] : [LATE, ...own, 32];
  return candidates
    .map((shift) => ({
      shift,
      served: varying.filter((c) => fits(c, shift, range, rounding)).length,
    }))
    .reduce((best, one) => (one.served > best.served ? one : best)).shift;
}

/** Every sum times 2^d fits int32, and everything after it int64. Constant channels always fit. */
function fits(channel: Channel, total: number, range: OutputRange, rounding: Rounding): boolean {
  const { constant, bias, accLow, accHigh, q } = channel;
  if (constant !== null) return true;
  const d = total - rightShift(channel);
  if (d < 0 || d > 30) return false;
  const scale = 2 ** d;
  if ((accLow - bias) * scale < -(2 ** 31) || (accHigh - bias) * scale >= 2 ** 31) return false;
  const rest = constantOf(channel, total, range, rounding);
  const limit = 2n ** 63n;
  const [low, high] = [accLow - bias, accHigh - bias].map(
    (sum) => BigInt(sum * scale) * BigInt(q) + rest,
  ) as [bigint, bigint];
  return low - 2n ** BigInt(31 + d) >= -limit && high < limit;
}

/** bias · 2^d · q, both roundings, and the zero point: assembly/layers/requantize.simd.ts. */
function constantOf(
  channel: Channel,
  total: number,
  { zeroPoint }: OutputRange,
  rounding: Rounding,
): bigint {
  const { bias, q, exponent } = channel;
  const d = BigInt(total - rightShift(channel));
  const half = 2n ** BigInt(total - 1);
  // SRDHM's nudge, 2^30 below acc · q; without a second rounding the only one
  const nudge = rounding === "double" && exponent < 0 ? 2n ** (30n + d) : 0n;
  return ((BigInt(bias) * BigInt(q)) << d) + nudge + half + (BigInt(zeroPoint) << BigInt(total));
}
