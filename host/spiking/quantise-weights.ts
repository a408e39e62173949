/** Weights to i16 or i8 with one exponent per projection, and what their sums can reach. */

import { at } from "../model/at.ts";
import { type Values, valueAt } from "../model/spiking-graph.ts";
import type { Matrix, Projection } from "./discrete-network.ts";
import type { FixedMatrix, Weights } from "./fixed-network.ts";
import { forEachSynapse } from "./matrix.ts";
import { roundAway } from "./quantise-numbers.ts";
import { ruleRow } from "./rules/index.ts";
import { collapse, largest } from "./values.ts";

export const WEIGHT_LIMIT = { i16: 32767, i8: 127 } as const;

/** What no weight leaves where the projection learns; null where weights are constants. */
const clipOf = ({ rule }: Projection): number | null => rule && ruleRow(rule).clip(rule);

/** Σ|w| over the synapses onto each target: what one step can bring at most, if every source gives 1. */
export function fanIn(projection: Projection, pre: number, post: number): Float64Array {
  const sums = new Float64Array(post);
  const clip = clipOf(projection);
  forEachSynapse(projection.matrix, pre, post, (_, j, w) => {
    sums[j] = at(sums, j) + (clip ?? Math.abs(w));
  });
  return sums;
}

export const largestWeight = (projection: Projection): number =>
  clipOf(projection) ?? largest(projection.matrix.weight);

/** The smallest exponent with which the largest weight, in units of the target's format, fits. Not below `least`. */
export function exponentOf(largestUnits: number, limit: number, least: number): number {
  if (!(largestUnits > 0)) return Math.max(least, 0);
  let exponent = least;
  while (Math.round(largestUnits / 2 ** exponent) > limit) exponent++;
  return exponent;
}

/**
 * @param scale factor from a real weight to a stored one
 */
export function roundWeights(
  matrix: Matrix,
  scale: number,
  pre: number,
  width: keyof typeof WEIGHT_LIMIT,
): FixedMatrix {
  const rounded = (weight: Values, length: number): Weights => {
    const stored = width === "i8" ? new Int8Array(length) : new Int16Array(length);
    return stored.map((_, k) => roundAway(valueAt(weight, k) * scale));
  };
  switch (matrix.kind) {
    case "dense":
      return { kind: "dense", weight: rounded(matrix.weight, matrix.weight.length) };
    case "conv":
      return { ...matrix, weight: rounded(matrix.weight, matrix.weight.length) };
    case "sparse":
      return { ...matrix, weight: rounded(matrix.weight, matrix.post.length) };
    case "diagonal": {
      const weight = collapse(matrix.weight);
      return { kind: "diagonal", weight: rounded(weight, typeof weight === "number" ? 1 : pre) };
    }
  }
}

/** Largest |stored / scale − weight|, relative to the largest weight. */
export function weightError(matrix: Matrix, stored: FixedMatrix, scale: number): number {
  const { weight } = matrix;
  let [error, most] = [0, 0];
  stored.weight.forEach((w, k) => {
    const real = valueAt(weight, k);
    error = Math.max(error, Math.abs(w / scale - real));
    most = Math.max(most, Math.abs(real));
  });
  return most > 0 ? error / most : 0;
}

/** Of the weights that are not 0, those that are stored as 0. */
export function lostWeights(
  { weight }: Matrix,
  stored: FixedMatrix,
): { readonly weights: number; readonly roundToZero: number } {
  let [weights, roundToZero] = [0, 0];
  stored.weight.forEach((w, k) => {
    if (valueAt(weight, k) === 0) return;
    weights += 1;
    if (w === 0) roundToZero += 1;
  });
  return { weights, roundToZero };
}
