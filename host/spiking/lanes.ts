/**
 * The 16-bit format: four neurons per i64, for populations of which lanes-proof.ts shows that nothing leaves its lane.
 * Chosen where weights of 8 bits are asked for; assembly/neurons/lif-lanes.ts computes it.
 *
 * Synapses add to v itself, before the leak of the step: their weights are stored larger by `gain` = 1 / (1 − κ). Where
 * what arrives is for the next step, v already holds it.
 *
 * Restricted to IF and LIF with one set of parameters (start values may differ), a reset at once, no refractory time, and
 * dense or sparse synapses without delays; everything else stays in 32 bits.
 *
 * The errors are near those of 8-bit weights: one unit is at most a 64th of the largest weight of a projection, κ has a
 * relative error below 1/254, and v comes to rest within a 32nd of the threshold of where it ought to.
 */
import type { DiscreteNetwork, Population } from "./discrete-network.ts";
import type { Lanes } from "./fixed-network.ts";
import { kappaOf, type Leak, leakOf, proven, restingError, restOf, TOP } from "./lanes-proof.ts";
import { forEachSynapse, zipValues } from "./matrix.ts";
import { collapse, roundAway } from "./quantise-numbers.ts";
import type { Ranges } from "./quantise-ranges.ts";
import { exponentOf, largestWeight, WEIGHT_LIMIT } from "./quantise-weights.ts";

export type LaneFormat = {
  readonly fractionBits: number;
  readonly lanes: Lanes;
  /** of weights, for they go through the leak of their step */
  readonly gain: number;
  /** counts of inputs and pools up to this are proven */
  readonly mostCount: number;
};

/** As many as sixteen bits can name, in bytes of the arrivals. */
const MOST_NEURONS = 32768;
/** Fewer counts than these would hold inputs that are no spikes: 32 bits then. */
const LEAST_COUNT = 4;
const MOST_COUNT = 255;
/** Units of the largest weight of a projection. */
const LEAST_UNITS = 64;
/** Of the threshold. */
const MOST_RESTING_ERROR = 1 / 32;
/** Of the constant of an IF. */
const MOST_DRIFT = 1 / 254;

/** The finest format that is proven, or null. */
export function laneFormat(
  network: DiscreteNetwork,
  ranges: Ranges,
  index: number,
): LaneFormat | null {
  const event = network.events[index];
  if (event?.kind !== "population") return null;
  const p = parametersOf(event.population);
  if (p === null) return null;
  const into = network.projections.filter(({ target }) => target === index);
  const plain = into.every(
    ({ source, matrix }) =>
      !ranges.graded(source) &&
      (matrix.kind === "dense" || (matrix.kind === "sparse" && matrix.delaySteps === null)),
  );
  if (!plain) return null;
  const strengths = into.map(largestWeight).filter((w) => w > 0);
  const gain = 1 / (1 - kappaOf(p.leak));
  const weakest = Math.min(...strengths) * gain;
  const finest = Math.floor(Math.log2(TOP / p.threshold));
  const coarsest = Math.max(
    strengths.length > 0 ? Math.ceil(Math.log2(LEAST_UNITS / weakest)) : -64,
    p.kappa > 0
      ? Math.ceil(Math.log2(restingError(p.leak) / (MOST_RESTING_ERROR * p.threshold)))
      : -64,
    -64,
  );
  const counts = into.some(({ source }) => ranges.largestValue(source) > 1);
  for (let bits = finest; bits >= coarsest; bits--) {
    const sums = into.map((q) => ({
      ...sumsOf(network, q, event.n, gain * 2 ** bits),
      counts: ranges.largestValue(q.source) > 1,
    }));
    const attempt = (most: number) => lanesOf(p, bits, totals(sums, event.n, most));
    const lanes = attempt(counts ? LEAST_COUNT : 1);
    if (lanes === null) continue;
    let mostCount = MOST_COUNT;
    while (counts && attempt(mostCount) === null) mostCount--;
    return { fractionBits: bits, lanes, gain, mostCount };
  }
  return null;
}

type Parameters = {
  readonly leak: Leak;
  readonly kappa: number;
  readonly constant: number;
  readonly threshold: number;
  readonly reset: number;
  readonly lowest: number;
  readonly highest: number;
  readonly subtract: boolean;
};

/** What the format has room for, or null. */
function parametersOf(p: Population): Parameters | null {
  const [receptor, ...others] = p.receptors;
  const rule = p.resetRule === "zero" || p.resetRule === "subtract";
  if (p.kind !== "linear" || !rule || p.refractorySteps > 0 || p.n > MOST_NEURONS) return null;
  if (!receptor || others.length > 0 || collapse(receptor.kappa) !== 1) return null;
  if (collapse(receptor.lateConstant) !== 0) return null;
  const constant = collapse(zipValues(p.constant, receptor.constant, (a, b) => a + b));
  const [kappa, threshold, reset] = [p.kappaV, p.vThreshold, p.vReset].map(collapse);
  if (typeof kappa !== "number" || typeof threshold !== "number") return null;
  if (typeof reset !== "number" || typeof constant !== "number") return null;
  const leak = leakOf(kappa);
  if (!(threshold > 0) || leak === null) return null;
  const start = typeof p.vInitial === "number" ? Float64Array.of(p.vInitial) : p.vInitial;
  const [lowest, highest] = [Math.min, Math.max].map((f) => start.reduce((a, b) => f(a, b), 0));
  const subtract = p.resetRule === "subtract";
  return {
    ...{ leak, kappa, constant, threshold, reset: subtract ? 0 : reset, subtract },
    ...{ lowest: lowest ?? 0, highest: highest ?? 0 },
  };
}

type Sums = { readonly plus: Float64Array; readonly minus: Float64Array };

/** Sums of stored weights onto every target, for events of value 1. */
function sumsOf(
  network: DiscreteNetwork,
  p: DiscreteNetwork["projections"][number],
  post: number,
  scale: number,
): Sums {
  const exponent = exponentOf(largestWeight(p) * scale, WEIGHT_LIMIT.i8, 0);
  const [plus, minus] = [new Float64Array(post), new Float64Array(post)];
  forEachSynapse(p.matrix, network.events[p.source]?.n ?? 0, post, (_, j, w) => {
    const units = roundAway((w * scale) / 2 ** exponent) * 2 ** exponent;
    const sums = units < 0 ? minus : plus;
    sums[j] = (sums[j] ?? 0) + Math.abs(units);
  });
  return { plus, minus };
}

type Totals = { readonly up: number; readonly down: number };

/** What one step can bring to one neuron at most, up and down. */
function totals(
  sums: readonly (Sums & { readonly counts: boolean })[],
  post: number,
  most: number,
): Totals {
  let [up, down] = [0, 0];
  for (let j = 0; j < post; j++) {
    let [plus, minus] = [0, 0];
    for (const s of sums) {
      plus += (s.plus[j] ?? 0) * (s.counts ? most : 1);
      minus += (s.minus[j] ?? 0) * (s.counts ? most : 1);
    }
    up = Math.max(up, plus);
    down = Math.max(down, minus);
  }
  return { up, down };
}

/** The format with these many fraction bits, or null where a lane could overflow. */
function lanesOf(p: Parameters, bits: number, sums: Totals): Lanes | null {
  const whole = (x: number) => roundAway(x * 2 ** bits);
  const threshold = whole(p.threshold);
  const offset = TOP - threshold;
  const exact = restOf(p.leak, offset, p.constant * 2 ** bits, p.kappa);
  const lanes = { ...p.leak, offset, rest: Math.round(exact) };
  // IF has no leak in which an error would end
  if (p.kappa === 0 && Math.abs(exact - lanes.rest) > Math.abs(exact) * MOST_DRIFT) return null;
  const bounds = {
    ...{ threshold, reset: p.subtract ? null : whole(p.reset), ...sums },
    ...{ lowest: whole(p.lowest), highest: whole(p.highest) },
  };
  return proven(lanes, bounds) ? lanes : null;
}
