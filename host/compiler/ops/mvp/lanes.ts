/** How many sums share one i64 in the MVP kernels: proved from the actual weights, channel by channel. */
import type { Channel } from "../../channels.ts";

/**
 * Width of a field: 21 bits hold three pixels, 32 bits two. Fields are signed, so every final sum Σ w·x of raw int8
 * inputs (acc − bias) must lie in [−2^20, 2^20) for three; 128 · Σ|w| < 2^20 is enough for that. Two always fit: what
 * leaves 32 bits wraps, and the stage's any-form adds the bias modulo 2^32. Constant channels have zero weights.
 */
export function laneBits(channels: readonly Channel[]): 21 | 32 {
  const fits = channels.every(
    ({ constant, bias, accLow, accHigh }) =>
      constant !== null || fitsLane(accLow - bias, accHigh - bias),
  );
  return fits ? 21 : 32;
}

/** Every final sum in [low, high] fits a signed field of 21 bits. */
export const fitsLane = (low: number, high: number): boolean => low >= -(2 ** 20) && high < 2 ** 20;

export const laneForm = (bits: 21 | 32): string => `${bits === 21 ? 3 : 2} pixels per i64`;
