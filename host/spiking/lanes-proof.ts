/**
 * Arithmetic of the 16-bit format, and the proof that nothing leaves a lane. With u = v + offset + what has arrived,
 *
 *     x = u − ((u >> coarse) · multiplier >> places) + rest        spike where x > 0x7fff, which is v > θ
 *
 * κ = multiplier / 2^(coarse + places) with multiplier ≤ 2^coarse, so that the product of a lane, at most
 * (0xffff >> coarse) · 2^coarse, stays in it. What the two shifts drop is at most 2^coarse · κ + 1, in the mean half of
 * it: `rest` makes up for the mean, for the leak of the offset, and holds the constants.
 *
 * The proof is by induction over steps, on what is computed and not on real numbers: if every lane lies within
 * least … most after a step, then with `down` or `up` arrived it stays within 0 … 0xffff, before the step and after it.
 */
import type { Lanes } from "./fixed-network.ts";

/** The largest number of a lane, and the largest that is no spike. */
const FULL = 0xffff;
export const TOP = 0x7fff;
/** κ to 1 in 254, as 8-bit weights are. 2^−coarse is the error of κ: more is never needed. */
const MOST_ERROR = 1 / 254;
const MOST_COARSE = 8;
const MOST_PLACES = 15;
/** What arrives goes through the leak of its step, and is stored larger by 1 / (1 − κ): no further than this. */
const MOST_KAPPA = 0.5;
/** Bounds are iterated until they hold; the lower one nears its limit by 1 − κ each time. */
const MOST_ITERATIONS = 20_000;

export type Leak = Pick<Lanes, "multiplier" | "coarse" | "places">;

/** All in units of the format; those of v without its offset. */
export type Bounds = {
  readonly threshold: number;
  /** null: a spike takes the threshold from v */
  readonly reset: number | null;
  /** of start values */
  readonly lowest: number;
  readonly highest: number;
  /** the most that can arrive in a step, each way */
  readonly up: number;
  readonly down: number;
};

export const kappaOf = ({ multiplier, coarse, places }: Leak): number =>
  multiplier / 2 ** (coarse + places);

/** The finest steps of u that still give κ, or null. */
export function leakOf(kappa: number): Leak | null {
  if (kappa === 0) return { multiplier: 0, coarse: 0, places: 0 };
  const places = Math.floor(-Math.log2(kappa));
  if (!(kappa > 0 && kappa <= MOST_KAPPA) || places > MOST_PLACES) return null;
  for (let coarse = 0; coarse <= MOST_COARSE; coarse++) {
    const leak = { multiplier: Math.round(kappa * 2 ** (coarse + places)), coarse, places };
    if (Math.abs(kappaOf(leak) / kappa - 1) <= MOST_ERROR) return leak;
  }
  return null;
}

/** How far v can lie from where it ought to rest, in units: the shifts and the rounding of `rest`, over κ. */
export const restingError = (leak: Leak): number =>
  leak.multiplier > 0 ? 2 ** leak.coarse / 2 + 1 / kappaOf(leak) : 0;

/** @param constant added in every step, in units; @param kappa the real one */
export function restOf(leak: Leak, offset: number, constant: number, kappa: number): number {
  if (leak.multiplier === 0) return constant;
  const { coarse, places } = leak;
  const resting = offset + constant / kappa - (2 ** coarse - 1) / 2;
  return kappaOf(leak) * resting - (1 - 2 ** -places) / 2;
}

/** Whether nothing can leave 0 … 0xffff. */
export function proven(lanes: Lanes, { threshold, reset, lowest, highest, up, down }: Bounds) {
  const { multiplier, coarse, places, offset, rest } = lanes;
  const next = (u: number): number => u - (((u >> coarse) * multiplier) >> places) + rest;
  // 2^coarse further on, u − leak is never smaller, since multiplier ≤ 2^coarse: extremes lie within one such span
  const span = Array.from({ length: 2 ** coarse }, (_, k) => k);
  const leastFrom = (u: number) => span.reduce((x, k) => Math.min(x, next(u + k)), FULL + 1);
  const mostUpTo = (u: number) => span.reduce((x, k) => Math.max(x, next(Math.max(u - k, 0))), 0);
  if (threshold + offset !== TOP || threshold < 1 || multiplier > 2 ** coarse) return false;
  const reach = reset === null ? [] : [reset + offset];
  let most = Math.max(TOP, highest + offset, ...reach);
  let least = Math.min(lowest + offset, reset === null ? TOP + 1 - threshold : reset + offset);
  for (let k = 0; k < MOST_ITERATIONS; k++) {
    if (least - down < 0 || most + up > FULL) return false;
    const above = mostUpTo(most + up);
    const below = leastFrom(least - down);
    if (above > FULL || below < 0) return false;
    const wider = Math.max(most, reset === null ? above - threshold : 0);
    const lower = Math.min(least, below);
    if (wider === most && lower === least) return true;
    most = wider;
    least = lower;
  }
  return false;
}
