/**
 * The 16-bit format: four neurons per i64, for populations of which it is proven that nothing leaves its lane. Chosen
 * where weights of 8 bits are asked for; assembly/neurons/lif-lanes.ts computes it. With u = v + offset,
 *
 *     x = (u · factor >> 16) + arrived        rest − Σ|w < 0| ≤ arrived ≤ rest + Σ|w > 0|
 *
 * `rest` is all that is constant, in whole units: the constant input, offset − offset · factor, and half a unit against
 * the rounding down. The offset is chosen so that their sum is nearly whole.
 *
 * Restricted to IF and LIF with one set of parameters (start values may differ), a reset at once, no refractory time, and
 * dense or sparse synapses without delays; everything else stays in 32 bits.
 *
 * The errors are those of 8-bit weights: one unit is at most a 127th of the largest weight of every projection, so that
 * rounding v moves it no further in a step than rounding one weight does. κ has a relative error below 1/254, and where v
 * comes to rest, half a unit over κ, is within a 64th of the threshold.
 */
import type { DiscreteNetwork, Population } from "./discrete-network.ts";
import type { Lanes } from "./fixed-network.ts";
import { forEachSynapse, zipValues } from "./matrix.ts";
import { collapse, roundAway } from "./quantise-numbers.ts";
import type { Ranges } from "./quantise-ranges.ts";
import { exponentOf, largestWeight, WEIGHT_LIMIT } from "./quantise-weights.ts";

export type LaneFormat = {
  readonly fractionBits: number;
  readonly lanes: Lanes;
  /** counts of inputs and pools up to this are proven */
  readonly mostCount: number;
};

/** The largest number of a lane whose top bit is kept for the test. */
const TOP = 0x7fff;
/** As many as sixteen bits can name, in bytes of the arrivals. */
const MOST_NEURONS = 32768;
/** Fewer counts than these would hold inputs that are no spikes: 32 bits then. */
const LEAST_COUNT = 4;
const MOST_COUNT = 255;
const MOST_ERROR = 1 / 254;
const LEAST_LEAK_AT_THRESHOLD = 32;
/** Offsets that are tried for a constant without a fraction. */
const OFFSETS = 256;

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
  const finest = Math.floor(Math.log2(TOP / p.threshold));
  const coarsest = Math.max(
    Math.ceil(Math.log2(WEIGHT_LIMIT.i8 / Math.min(...strengths, Number.MAX_VALUE))),
    p.kappa > 0 ? Math.ceil(Math.log2(LEAST_LEAK_AT_THRESHOLD / (p.kappa * p.threshold))) : -64,
    -64,
  );
  const counts = into.some(({ source }) => ranges.largestValue(source) > 1);
  for (let bits = finest; bits >= coarsest; bits--) {
    const sums = into.map((q) => ({
      ...sumsOf(network, q, event.n, bits),
      counts: ranges.largestValue(q.source) > 1,
    }));
    const proven = (most: number) => proof(p, bits, totals(sums, event.n, most));
    const lanes = proven(counts ? LEAST_COUNT : 1);
    if (lanes === null) continue;
    if (!counts) return { fractionBits: bits, lanes, mostCount: MOST_COUNT };
    let mostCount = MOST_COUNT;
    while (proven(mostCount) === null) mostCount--;
    return { fractionBits: bits, lanes: proven(mostCount) ?? lanes, mostCount };
  }
  return null;
}

type Parameters = {
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
  if (!(threshold > 0) || kappa > 1) return null;
  const start = typeof p.vInitial === "number" ? Float64Array.of(p.vInitial) : p.vInitial;
  const [lowest, highest] = [Math.min, Math.max].map((f) => start.reduce((a, b) => f(a, b), 0));
  const subtract = p.resetRule === "subtract";
  return {
    ...{ kappa, constant, threshold, reset: subtract ? 0 : reset, subtract },
    ...{ lowest: lowest ?? 0, highest: highest ?? 0 },
  };
}

type Sums = { readonly plus: Float64Array; readonly minus: Float64Array };

/** Sums of stored weights onto every target, for events of value 1. */
function sumsOf(
  network: DiscreteNetwork,
  p: DiscreteNetwork["projections"][number],
  post: number,
  bits: number,
): Sums {
  const exponent = exponentOf(largestWeight(p) * 2 ** bits, WEIGHT_LIMIT.i8, 0);
  const [plus, minus] = [new Float64Array(post), new Float64Array(post)];
  forEachSynapse(p.matrix, network.events[p.source]?.n ?? 0, post, (_, j, w) => {
    const units = roundAway(w * 2 ** (bits - exponent)) * 2 ** exponent;
    const sums = units < 0 ? minus : plus;
    sums[j] = (sums[j] ?? 0) + Math.abs(units);
  });
  return { plus, minus };
}

/** What one step can bring to one neuron at most, up and down. */
function totals(
  sums: readonly (Sums & { readonly counts: boolean })[],
  post: number,
  most: number,
): { readonly up: number; readonly down: number } {
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

/** The lanes in which nothing can leave 0 … TOP, or null. All numbers are whole: the proof is about what is computed. */
function proof(
  { kappa, constant, threshold, reset, lowest, highest, subtract }: Parameters,
  bits: number,
  { up, down }: { readonly up: number; readonly down: number },
): Lanes | null {
  const whole = (x: number) => roundAway(x * 2 ** bits);
  const factor = Math.round((1 - kappa) * 65536);
  const leak = 65536 - factor;
  if (kappa > 0 && Math.abs(leak / 65536 / kappa - 1) > MOST_ERROR) return null;
  const theta = whole(threshold);
  // rest for an offset of 0; every unit of offset adds leak / 65536. IF rounds nothing down: its leak is 0
  const drive = constant * 2 ** bits + (leak > 0 ? 0.5 : 0);
  const restOf = (offset: number) => drive + (offset * leak) / 65536;
  if (leak === 0 && (drive < down || fraction(drive) > Math.abs(drive) * MOST_ERROR)) return null;
  // below: arrived ≥ rest − down ≥ 0
  const wanted = leak > 0 ? Math.ceil((down + 0.5 - drive) / (leak / 65536)) : 0;
  const least = Math.max(0, wanted, -whole(reset), -whole(lowest));
  let offset = least;
  for (let k = least; leak > 0 && k < least + OFFSETS; k++) {
    if (fraction(restOf(k)) < fraction(restOf(offset)) - 1e-3) offset = k;
  }
  const rest = Math.round(restOf(offset));
  // above: from the largest u that a step can leave behind
  const kept = Math.max(theta, whole(highest), subtract ? TOP - offset - theta : whole(reset));
  const u = kept + offset;
  if (theta < 1 || theta + offset > TOP || u > TOP) return null;
  const most = Math.floor((u * factor) / 65536) + rest + up;
  return rest >= down && most <= TOP ? { factor, offset, rest } : null;
}

const fraction = (x: number): number => Math.abs(x - Math.round(x));
