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
import { at } from "../model/at.ts";
import type { DiscreteNetwork } from "./discrete-network.ts";
import type { Lanes } from "./fixed-network.ts";
import { rowOf } from "./kinds/index.ts";
import { kappaOf, type Leak, proven, restingError, restOf, TOP } from "./lanes-proof.ts";
import { forEachSynapse } from "./matrix.ts";
import { roundAway } from "./quantise-numbers.ts";
import type { Ranges } from "./quantise-ranges.ts";
import { largestWeight } from "./quantise-weights.ts";
import {
  FEWEST_UNITS,
  inParts,
  mattersTogether,
  type Part,
  roundPart,
  type Storage,
} from "./small-weights.ts";

export type LaneFormat = {
  readonly fractionBits: number;
  readonly lanes: Lanes;
  /** of weights, for they go through the leak of their step */
  readonly gain: number;
  /** counts of inputs and pools up to this are proven */
  readonly mostCount: number;
};

/** Fewer counts than these would hold inputs that are no spikes: 32 bits then. */
const LEAST_COUNT = 4;
const MOST_COUNT = 255;
/** Units of the largest weight of a projection. */
export const LEAST_UNITS = 64;
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
  const event = at(network.events, index);
  if (event.kind !== "population") return null;
  const p = rowOf(event.population).lanes?.(event.population) ?? null;
  if (p === null) return null;
  const into = network.projections.filter(({ target }) => target === index);
  const plain = into.every(
    ({ source, matrix, rule }) =>
      rule === null &&
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
  const units = 2 ** ranges.fractionBits(index);
  // 32 bits would keep them apart: then so must this format, unless they are below one of its units even together
  const apart = into.filter((q) => {
    const storage = { ...storageOf(network, q, event.n, units), fewest: FEWEST_UNITS };
    return mattersTogether(q.matrix, largestWeight(q), storage);
  });
  for (let bits = finest; bits >= coarsest; bits--) {
    const stored = (q: Into) => storageOf(network, q, event.n, gain * 2 ** bits);
    if (apart.some((q) => partsOf(q, stored(q)).length === 1)) continue;
    const sums = into.map((q) => ({
      ...sumsOf(q, stored(q)),
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

/** What the format needs to know of a membrane: one set of parameters, whose start values may differ. */
export type LaneParameters = {
  readonly leak: Leak;
  readonly kappa: number;
  readonly constant: number;
  readonly threshold: number;
  readonly reset: number;
  readonly lowest: number;
  readonly highest: number;
  readonly subtract: boolean;
};

type Sums = { readonly plus: Float64Array; readonly minus: Float64Array };

type Into = DiscreteNetwork["projections"][number];

const storageOf = (
  network: DiscreteNetwork,
  { source }: Into,
  post: number,
  units: number,
): Storage => ({
  ...{ pre: at(network.events, source).n, post, units, least: 0 },
  ...{ width: "i8", fewest: LEAST_UNITS },
});

const partsOf = (p: Into, storage: Storage): readonly Part[] =>
  inParts(p.matrix, largestWeight(p), storage);

/** Sums of stored weights onto every target, for events of value 1. */
function sumsOf(p: Into, storage: Storage): Sums {
  const { pre, post, units: scale } = storage;
  const [plus, minus] = [new Float64Array(post), new Float64Array(post)];
  const add = (target: number, units: number) => {
    const sums = units < 0 ? minus : plus;
    sums[target] = at(sums, target) + Math.abs(units);
  };
  for (const part of partsOf(p, storage)) {
    const { matrix, exponent, small } = part;
    if (small && matrix.kind === "sparse") {
      const { weight } = roundPart(part, storage);
      matrix.post.forEach((target, k) => {
        add(target, at(weight, k) * 2 ** exponent);
      });
      continue;
    }
    forEachSynapse(matrix, pre, post, (_, j, w) => {
      add(j, roundAway((w * scale) / 2 ** exponent) * 2 ** exponent);
    });
  }
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
      plus += at(s.plus, j) * (s.counts ? most : 1);
      minus += at(s.minus, j) * (s.counts ? most : 1);
    }
    up = Math.max(up, plus);
    down = Math.max(down, minus);
  }
  return { up, down };
}

/** The format with these many fraction bits, or null where a lane could overflow. */
function lanesOf(p: LaneParameters, bits: number, sums: Totals): Lanes | null {
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
