/** A number of every neuron or synapse: one for all, one each, or drawn from a distribution. */
import { fail } from "../errors.ts";
import { exp } from "../model/elementary.ts";
import { gaussian, type Random, uniform as uniformBetween } from "../model/random.ts";
import type { Values } from "../model/spiking-graph.ts";
import { checkKeys } from "./keys.ts";

export type Distribution =
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | {
      readonly kind: "normal";
      readonly mean: number;
      readonly sd: number;
      /** draws outside are drawn again */
      readonly min: number;
      readonly max: number;
    }
  | { readonly kind: "lognormal"; readonly median: number; readonly sigma: number };

/** One value, one per element in order, or a distribution to draw them from. */
export type Parameter = number | ArrayLike<number> | Distribution;

export const uniform = (low: number, high: number): Distribution => ({
  kind: "uniform",
  low,
  high,
});

export function normal(
  mean: number,
  sd: number,
  bounds: { readonly min?: number; readonly max?: number } = {},
): Distribution {
  checkKeys("normal", bounds, { min: true, max: true });
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = bounds;
  return { kind: "normal", mean, sd, min, max };
}

/** median · e^(sigma · standard normal) */
export const lognormal = (median: number, sigma: number): Distribution => ({
  kind: "lognormal",
  median,
  sigma,
});

/** Bounds of a parameter; `above` excludes itself. Always finite. */
export type Range = {
  readonly above?: number;
  readonly min?: number;
  readonly max?: number;
};

/** This many draws outside its bounds, and a distribution is refused. */
const MAX_REDRAWS = 10_000;

/**
 * The values of n elements.
 * @param where names population or projection in errors; @param what the parameter
 */
export function values(
  where: string,
  what: string,
  given: Parameter,
  n: number,
  random: Random,
  range: Range = {},
): Values {
  const refuse = (x: number, element: string): never =>
    fail("MODEL_RANGE", where, `${what}${element} = ${x}`, rangeText(range), CHANGE);
  const each = (n: number, of: (k: number) => number): Float64Array => {
    const all = new Float64Array(n); // a loop: .from() with a function is far slower
    for (let k = 0; k < n; k++) {
      const x = of(k);
      all[k] = inRange(x, range) ? x : refuse(x, `[${k}]`);
    }
    return all;
  };
  if (typeof given === "number") return inRange(given, range) ? given : refuse(given, "");
  if (typeof given !== "object" || given === null) {
    const got = given === undefined ? "nothing" : JSON.stringify(String(given));
    fail("USAGE", where, `${what} = ${got}`, rangeText(range), CHANGE);
  }
  if (isDistribution(given)) {
    const draw = sampler(where, what, given, random);
    return each(n, draw);
  }
  if (given.length !== n) {
    if (given.length === undefined)
      fail("USAGE", where, `${what} = an object`, rangeText(range), CHANGE);
    const got = `${given.length} values of ${what}`;
    fail("MODEL_SHAPE", where, got, `${n}, one each, or a single number`, CHANGE);
  }
  return each(n, (k) => given[k] as number);
}

const CHANGE = "Change the number in the code that builds this network.";

export const isDistribution = (given: object): given is Distribution => "kind" in given;

/** Checks a distribution and gives its draws. */
export function sampler(
  where: string,
  what: string,
  distribution: Distribution,
  random: Random,
): () => number {
  const refuse = (got: string, expected: string): never =>
    fail("MODEL_RANGE", where, `${what}: ${got}`, expected, CHANGE);
  const { kind } = distribution;
  switch (kind) {
    case "uniform": {
      const { low, high } = distribution;
      if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high))
        refuse(`uniform(${low}, ${high})`, "finite bounds, the lower one first");
      return () => uniformBetween(random, low, high);
    }
    case "normal": {
      const { mean, sd, min, max } = distribution;
      if (!(Number.isFinite(mean) && Number.isFinite(sd) && sd >= 0))
        refuse(`normal(${mean}, ${sd})`, "a finite mean and a standard deviation of at least 0");
      return () => {
        for (let k = 0; k < MAX_REDRAWS; k++) {
          const x = mean + sd * gaussian(random);
          if (x >= min && x <= max) return x;
        }
        return refuse(`normal(${mean}, ${sd}) within ${min} … ${max}`, "bounds near the mean");
      };
    }
    case "lognormal": {
      const { median, sigma } = distribution;
      if (!(Number.isFinite(median) && median > 0 && Number.isFinite(sigma) && sigma >= 0))
        refuse(`lognormal(${median}, ${sigma})`, "a median above 0 and a sigma of at least 0");
      return () => median * exp(sigma * gaussian(random));
    }
    default:
      return refuse(`a distribution ${String(kind)}`, "uniform, normal or lognormal");
  }
}

const inRange = (x: number, { above, min, max }: Range): boolean =>
  Number.isFinite(x) &&
  (above === undefined || x > above) &&
  (min === undefined || x >= min) &&
  (max === undefined || x <= max);

export function rangeText({ above, min, max }: Range): string {
  const bounds = [
    above === undefined ? null : `above ${above}`,
    min === undefined ? null : `at least ${min}`,
    max === undefined ? null : `at most ${max}`,
  ].filter((text) => text !== null);
  return bounds.length === 0 ? "a finite number" : `a number ${bounds.join(" and ")}`;
}
