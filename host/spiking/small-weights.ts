/**
 * Weights that would round to zero beside larger ones. One exponent per projection resolves the largest weight; a source
 * none of whose weights is left, or a target that none reaches any more, would be lost without a word. Their synapses
 * become a projection of their own with a finer exponent, as far as the target's format has bits. Single weights that are
 * lost among others of their row and column stay where they are: they are as small as the rounding of their neighbours.
 *
 * Small weights act together or not at all, and may have few units each. So they are rounded with what rounding has left
 * of those before them onto the same target: their sum is right to half a unit.
 */
import { at } from "../model/at.ts";
import { type Values, valueAt } from "../model/spiking-graph.ts";
import type { Matrix } from "./discrete-network.ts";
import type { FixedMatrix } from "./fixed-network.ts";
import { toSparse } from "./matrix.ts";
import { exponentOf, roundWeights, WEIGHT_LIMIT } from "./quantise-weights.ts";
import { largest } from "./values.ts";

export type Part = {
  readonly matrix: Matrix;
  /** 2^exponent units of the target's format to a stored unit */
  readonly exponent: number;
  /** rounded so that sums are right */
  readonly small: boolean;
};

/** In 32 bits. */
export const FEWEST_UNITS = 8;

/** Each part is at least 2^7 times smaller than the one before. */
const MOST_PARTS = 4;

/** How a projection's weights are stored. */
export type Storage = {
  readonly pre: number;
  readonly post: number;
  /** units of the target's format that a weight of 1 adds for an event of value 1 */
  readonly units: number;
  readonly width: keyof typeof WEIGHT_LIMIT;
  /** the finest exponent */
  readonly least: number;
  /** of stored units that the largest of the small weights must have: with fewer they are left, and said to be lost */
  readonly fewest: number;
};

/**
 * The matrix as one part, where no source and no target would be lost; else the same synapses in several, coarse first.
 *
 * @param largestReal of the weights, or what they are clipped to
 */
export function inParts(matrix: Matrix, largestReal: number, storage: Storage): readonly Part[] {
  const parts: Part[] = [];
  let rest = { matrix, largest: largestReal };
  for (;;) {
    const exponent = exponentOf(
      rest.largest * storage.units,
      WEIGHT_LIMIT[storage.width],
      storage.least,
    );
    const small = parts.length + 1 < MOST_PARTS ? splitOff(rest.matrix, exponent, storage) : null;
    if (small === null)
      return [...parts, { matrix: rest.matrix, exponent, small: parts.length > 0 }];
    parts.push({ matrix: small.others, exponent, small: parts.length > 0 });
    rest = { matrix: small.lost, largest: largest(small.lost.weight) };
  }
}

type Sparse = Extract<Matrix, { kind: "sparse" }>;

/** Null where nothing is lost as a whole, or where no exponent is fine enough for any of it. */
function splitOff(
  matrix: Matrix,
  exponent: number,
  { pre, post, units, least, fewest }: Storage,
): { readonly lost: Sparse; readonly others: Sparse } | null {
  // taps of a convolution belong to many synapses at once
  if (matrix.kind === "conv" || exponent <= least) return null;
  const vanishes = (w: number) => roundsToZero(w, units / 2 ** exponent);
  const resolved = (w: number) => (Math.abs(w) * units) / 2 ** least >= fewest;
  if (!some(matrix.weight, (w) => vanishes(w) && resolved(w))) return null;
  const sparse = toSparse(matrix, pre, post);
  const [keptRow, keptColumn] = [new Uint8Array(pre), new Uint8Array(post)];
  const each = (visit: (row: number, column: number, w: number, k: number) => void) => {
    for (let i = 0; i < pre; i++) {
      for (let k = at(sparse.rowStart, i); k < at(sparse.rowStart, i + 1); k++) {
        visit(i, at(sparse.post, k), valueAt(sparse.weight, k), k);
      }
    }
  };
  each((row, column, w) => {
    if (w !== 0 && !vanishes(w)) keptRow[row] = keptColumn[column] = 1;
  });
  const own = new Uint8Array(sparse.post.length);
  let found = false;
  each((row, column, w, k) => {
    if (!vanishes(w) || (keptRow[row] && keptColumn[column])) return;
    own[k] = 1;
    found ||= resolved(w);
  });
  if (!found) return null;
  return { lost: picked(sparse, own, 1), others: picked(sparse, own, 0) };
}

/** The stored weights of a part. */
export function roundPart({ matrix, exponent, small }: Part, storage: Storage): FixedMatrix {
  const { pre, post, units, width } = storage;
  const scale = units / 2 ** exponent;
  const stored = roundWeights(matrix, scale, pre, width);
  if (!small || matrix.kind !== "sparse") return stored;
  const limit = WEIGHT_LIMIT[width];
  const left = new Float64Array(post);
  matrix.post.forEach((target, k) => {
    const wanted = valueAt(matrix.weight, k) * scale + at(left, target);
    const rounded = Math.max(-limit, Math.min(limit, Math.round(wanted)));
    left[target] = wanted - rounded;
    stored.weight[k] = rounded;
  });
  return stored;
}

/** Whether small weights that are lost as a whole would be seen, all together, in a sum of the large ones. */
export function mattersTogether(matrix: Matrix, largestReal: number, storage: Storage): boolean {
  const [coarse, ...small] = inParts(matrix, largestReal, storage);
  if (coarse === undefined) return false;
  const sums = new Float64Array(storage.post);
  for (const { matrix: part } of small) {
    if (part.kind !== "sparse") continue;
    part.post.forEach((target, k) => {
      sums[target] = at(sums, target) + Math.abs(valueAt(part.weight, k));
    });
  }
  return sums.some((sum) => !roundsToZero(sum, storage.units / 2 ** coarse.exponent) && sum > 0);
}

/** Whether a weight that is not 0 becomes 0. */
export const roundsToZero = (w: number, scale: number): boolean =>
  w !== 0 && Math.abs(w) * scale < 0.5;

const some = (values: Values, test: (w: number) => boolean): boolean =>
  typeof values === "number" ? test(values) : values.some(test);

/** The synapses k with own[k] = which, in their order. */
function picked(sparse: Sparse, own: Uint8Array, which: 0 | 1): Sparse {
  const count = own.reduce((n, mark) => n + Number(mark === which), 0);
  const rowStart = new Uint32Array(sparse.rowStart.length);
  const post = new Uint32Array(count);
  const weight = new Float64Array(count);
  const delaySteps = sparse.delaySteps && new Uint8Array(count);
  let n = 0;
  for (let i = 0; i + 1 < rowStart.length; i++) {
    for (let k = at(sparse.rowStart, i); k < at(sparse.rowStart, i + 1); k++) {
      if (own[k] !== which) continue;
      post[n] = at(sparse.post, k);
      weight[n] = valueAt(sparse.weight, k);
      if (delaySteps && sparse.delaySteps) delaySteps[n] = at(sparse.delaySteps, k);
      n += 1;
    }
    rowStart[i + 1] = n;
  }
  return { kind: "sparse", rowStart, post, weight, delaySteps };
}
