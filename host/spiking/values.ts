/** Arithmetic with parameters that are one number for a whole population, or one for each neuron. */
import { at } from "../model/at.ts";
import { type Values, valueAt } from "../model/spiking-graph.ts";

export const mapValues = (values: Values, f: (x: number) => number): Values =>
  typeof values === "number" ? f(values) : values.map(f);

/** f over two Values, element by element. */
export function zipValues(a: Values, b: Values, f: (x: number, y: number) => number): Values {
  if (typeof a === "number" && typeof b === "number") return f(a, b);
  const n = typeof a === "number" ? (b as Float64Array).length : a.length;
  return Float64Array.from({ length: n }, (_, k) => f(valueAt(a, k), valueAt(b, k)));
}

export const plus = (a: Values, b: Values): Values => zipValues(a, b, (x, y) => x + y);
export const times = (a: Values, b: Values): Values => zipValues(a, b, (x, y) => x * y);

/** One number where all are equal: files repeat one value for every neuron. */
export function collapse(values: Values): Values {
  if (typeof values === "number" || values.length === 0) return values;
  const first = at(values, 0);
  return values.every((x) => x === first) ? first : values;
}

/** The first value of which it is true; null where there is none. */
export const firstWhere = (values: Values, test: (x: number) => boolean): number | null =>
  (typeof values === "number" ? [values] : values).find(test) ?? null;

/** Of their magnitudes. */
export const largest = (values: Values): number =>
  typeof values === "number"
    ? Math.abs(values)
    : values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** Of their magnitudes. */
export const smallest = (values: Values): number =>
  typeof values === "number"
    ? Math.abs(values)
    : values.reduce((least, x) => Math.min(least, Math.abs(x)), Number.POSITIVE_INFINITY);
