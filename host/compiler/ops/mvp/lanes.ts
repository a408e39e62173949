/** How many sums share one i64 in the MVP kernels: proved from the actual weights, channel by channel. */
import type { Channel } from "../../channels.ts";

/** Width of a field in assembly/fixed/lanes.ts: three, two or one sums per i64. */
export type LaneBits = 21 | 32 | 63;

/**
 * Fields are signed, so every final sum Σ w·x of raw int8 inputs (acc − bias) must lie in [−2^20, 2^20) for three and in
 * [−2^31, 2^31) for two: one that does not fit would carry into its neighbour. Accumulators fit int32, but of more than
 * 2^17 weights, raw sums may still leave it; one always fits. Constant channels have zero weights.
 */
export function laneBits(channels: readonly Channel[]): LaneBits {
  const fits = (bits: LaneBits): boolean =>
    channels.every(
      ({ constant, bias, accLow, accHigh }) =>
        constant !== null || fitsLane(accLow - bias, accHigh - bias, bits),
    );
  return fits(21) ? 21 : fits(32) ? 32 : 63;
}

/** Every final sum in [low, high] fits a signed field. */
export const fitsLane = (low: number, high: number, bits: LaneBits): boolean =>
  low >= -(2 ** (bits - 1)) && high < 2 ** (bits - 1);

/** What the kernels add to every sum. */
export const laneOffset = (bits: LaneBits): bigint => 1n << BigInt(bits - 1);

export const laneForm = (bits: LaneBits): string =>
  bits === 63 ? "1 pixel per i64" : `${Math.floor(64 / bits)} pixels per i64`;
