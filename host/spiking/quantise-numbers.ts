/** Real parameters to integers: fixed formats, decay factors, and the errors both make. */

import type { Values } from "../model/spiking-graph.ts";
import type { Decay, Integers } from "./fixed-network.ts";

/** One number where all are equal: files repeat one value for every neuron. */
export function collapse(values: Values): Values {
  if (typeof values === "number") return values;
  const first = values[0] ?? 0;
  return values.every((x) => x === first) ? first : values;
}

export const largest = (values: Values): number =>
  typeof values === "number"
    ? Math.abs(values)
    : values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

export const smallest = (values: Values): number =>
  typeof values === "number"
    ? Math.abs(values)
    : values.reduce((least, x) => Math.min(least, Math.abs(x)), Number.POSITIVE_INFINITY);

/** Half away from zero: symmetric weights stay symmetric. */
export const roundAway = (x: number): number => (x < 0 ? -Math.round(-x) : Math.round(x));

/** values · 2^bits, rounded. */
export function toIntegers(values: Values, bits: number): Integers {
  const unit = 2 ** bits;
  const v = collapse(values);
  return typeof v === "number"
    ? roundAway(v * unit) || 0
    : Int32Array.from(v, (x) => roundAway(x * unit));
}

export const MAX_SHIFT = 60;

/**
 * κ as mantissa · 2^−shift with `bits` of mantissa for the largest. κ below 2 fits: mantissa ≤ 2^bits − 1.
 * 31 bits leave no error that matters; 15 bits are what a product of halves takes (neurons/fast-*.simd.ts).
 */
export function decayOf(kappa: Values, bits: 31 | 15 = 31): Decay {
  const most = largest(kappa);
  let shift = bits - 1;
  while (shift < MAX_SHIFT && Math.round(most * 2 ** (shift + 1)) < 2 ** bits && most > 0) shift++;
  shift = Math.max(shift, bits === 15 ? 17 : 16);
  const v = collapse(kappa);
  const mantissa =
    typeof v === "number"
      ? Math.round(v * 2 ** shift)
      : Int32Array.from(v, (x) => Math.round(x * 2 ** shift));
  return { mantissa, shift };
}

/** Largest relative error of a decay factor. */
export function decayError(kappa: Values, { mantissa, shift }: Decay): number {
  const error = (x: number, m: number) => (x === 0 ? 0 : Math.abs((m * 2 ** -shift) / x - 1));
  if (typeof kappa === "number") return error(kappa, Number(integerAt(mantissa, 0)));
  return kappa.reduce((most, x, k) => Math.max(most, error(x, integerAt(mantissa, k))), 0);
}

export const integerAt = (values: Integers, k: number): number =>
  typeof values === "number" ? values : (values[k] ?? 0);
