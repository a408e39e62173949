/** Real parameters to integers: fixed formats, decay factors, and the errors both make. */

import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import type { Values } from "../model/spiking-graph.ts";
import type { Decay, Integers, Lanes } from "./fixed-network.ts";
import { collapse, largest } from "./values.ts";

/** Half away from zero: symmetric weights stay symmetric. */
export const roundAway = (x: number): number => Math.sign(x) * Math.round(Math.abs(x));

/** Raises INTERNAL for what no i32 holds: typed arrays would take it for another number without a word. */
function whole(x: number): number {
  if (Math.abs(x) < 2 ** 31) return x;
  return fail("INTERNAL", "a parameter in integers", String(x), "a number of 32 bits");
}

/** values · 2^bits, rounded. */
export function toIntegers(values: Values, bits: number): Integers {
  const unit = 2 ** bits;
  const v = collapse(values);
  return typeof v === "number"
    ? whole(roundAway(v * unit)) || 0
    : Int32Array.from(v, (x) => whole(roundAway(x * unit)));
}

export const MAX_SHIFT = 60;

/**
 * κ as mantissa · 2^−shift with `bits` of mantissa for the largest. κ below 2 fits: mantissa ≤ 2^bits − 1.
 * 31 bits leave no error that matters; 15 bits are what a product of halves takes (neurons/cuba-lif.simd.ts): κ is below
 * 1/4 there, which makes the shift 17 or more.
 */
export function decayOf(kappa: Values, bits: 31 | 15 = 31): Decay {
  const most = largest(kappa);
  if (most === 0) return { mantissa: 0, shift: bits === 15 ? 17 : 30 };
  let shift = MAX_SHIFT;
  while (Math.round(most * 2 ** shift) >= 2 ** bits) shift--;
  const v = collapse(kappa);
  const mantissa =
    typeof v === "number"
      ? whole(Math.round(v * 2 ** shift))
      : Int32Array.from(v, (x) => whole(Math.round(x * 2 ** shift)));
  return { mantissa, shift };
}

/** coarse + places ≤ 23 */
export const decayOfLanes = ({ multiplier, coarse, places }: Lanes): Decay => ({
  mantissa: multiplier * 2 ** (24 - coarse - places),
  shift: 24,
});

/** Largest relative error of a decay factor. */
export function decayError(kappa: Values, { mantissa, shift }: Decay): number {
  const error = (x: number, m: number) => (x === 0 ? 0 : Math.abs((m * 2 ** -shift) / x - 1));
  if (typeof kappa === "number") return error(kappa, Number(integerAt(mantissa, 0)));
  return kappa.reduce((most, x, k) => Math.max(most, error(x, integerAt(mantissa, k))), 0);
}

export const integerAt = (values: Integers, k: number): number =>
  typeof values === "number" ? values : at(values, k);
