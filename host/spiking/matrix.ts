/** Linear maps between nodes of a spiking network: folding of gains, and composition of chains. Real numbers. */

import { at } from "../model/at.ts";
import { type ConvNode, type Values, valueAt } from "../model/spiking-graph.ts";
import type { Matrix } from "./discrete-network.ts";
import { mapValues, zipValues } from "./values.ts";

/** More synapses than this from folding a chain would surprise: the chain is refused instead. */
export const MAX_FOLDED_SYNAPSES = 4_000_000;
/** Multiplications of one product of matrices: about a second. With delays each costs thirty times as much. */
const MAX_PRODUCTS = 2 ** 28;
const MAX_DELAYED_PRODUCTS = 2 ** 23;

export type Shape3 = readonly [number, number, number];

export const identity: Matrix = { kind: "diagonal", weight: 1 };

/** W [out, in] as in NIR → rows by presynaptic neuron [in, out]. */
export function fromRows(weight: Float64Array, out: number, inputs: number): Matrix {
  const rows = new Float64Array(out * inputs);
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inputs; i++) rows[i * out + o] = weight[o * inputs + i] as number;
  }
  return { kind: "dense", weight: rows };
}

export function fromConv(node: ConvNode): Matrix {
  const [channels, height, width] =
    node.kind === "Conv1d"
      ? [at(node.shape, 0), 1, at(node.shape, 1)]
      : ([0, 1, 2].map((axis) => at(node.shape, axis)) as [number, number, number]);
  return { ...node, kind: "conv", outputShape: [channels, height, width] };
}

/** Stored synapses: what a synaptic event is counted against. */
export function synapseCount(matrix: Matrix, pre: number, post: number): number {
  switch (matrix.kind) {
    case "dense":
      return pre * post;
    case "sparse":
      return matrix.post.length;
    case "diagonal":
      return pre;
    case "conv": {
      const [co, ho, wo] = matrix.outputShape;
      const [ci, hi, wi] = matrix.inputShape;
      const taps = (axis: 0 | 1, out: number, size: number) =>
        Array.from({ length: matrix.kernel[axis] }, (_, k) => hits(matrix, axis, k, out, size));
      const sum = (counts: readonly number[]) => counts.reduce((n, count) => n + count, 0);
      return ((co * ci) / matrix.groups) * sum(taps(0, ho, hi)) * sum(taps(1, wo, wi));
    }
  }
}

/** For how many of `out` positions tap k of a kernel lies inside the image of `size`. */
function hits(c: Conv, axis: 0 | 1, k: number, out: number, size: number): number {
  // 0 ≤ o · stride + offset < size
  const offset = k * c.dilation[axis] - c.padding[axis];
  const first = Math.max(0, Math.ceil(-offset / c.stride[axis]));
  const last = Math.min(out - 1, Math.ceil((size - offset) / c.stride[axis]) - 1);
  return Math.max(0, last - first + 1);
}

type Conv = Extract<Matrix, { kind: "conv" }>;
type Sparse = Extract<Matrix, { kind: "sparse" }>;

/** Calls visit(pre, post, weight, delay) for every synapse, rows in order. */
export function forEachSynapse(
  matrix: Matrix,
  pre: number,
  post: number,
  visit: (pre: number, post: number, weight: number, delay: number) => void,
): void {
  if (matrix.kind === "dense") {
    for (let i = 0; i < pre; i++) {
      for (let j = 0; j < post; j++) visit(i, j, matrix.weight[i * post + j] as number, 0);
    }
  } else if (matrix.kind === "diagonal") {
    for (let i = 0; i < pre; i++) visit(i, i, valueAt(matrix.weight, i), 0);
  } else if (matrix.kind === "sparse") {
    const { rowStart, post: targets, weight } = matrix;
    for (let i = 0; i < pre; i++) {
      for (let k = rowStart[i] as number, end = rowStart[i + 1] as number; k < end; k++) {
        visit(i, targets[k] as number, valueAt(weight, k), delayAt(matrix, k));
      }
    }
  } else forEachTap(matrix, (i, j, w) => visit(i, j, w, 0));
}

/** Every (input element, output element, weight) of a convolution: correlation, taps outside the image skipped. */
function forEachTap(c: Conv, visit: (pre: number, post: number, weight: number) => void): void {
  const [ci, hi, wi] = c.inputShape;
  const [co, ho, wo] = c.outputShape;
  const inPerGroup = ci / c.groups;
  const outPerGroup = co / c.groups;
  for (let i = 0; i < ci * hi * wi; i++) {
    const channel = Math.floor(i / (hi * wi));
    const y = Math.floor(i / wi) % hi;
    const x = i % wi;
    const group = Math.floor(channel / inPerGroup);
    for (let ky = 0; ky < c.kernel[0]; ky++) {
      const fromTop = y + c.padding[0] - ky * c.dilation[0];
      const oy = fromTop / c.stride[0];
      if (!Number.isInteger(oy) || oy < 0 || oy >= ho) continue;
      for (let kx = 0; kx < c.kernel[1]; kx++) {
        const ox = (x + c.padding[1] - kx * c.dilation[1]) / c.stride[1];
        if (!Number.isInteger(ox) || ox < 0 || ox >= wo) continue;
        for (let o = group * outPerGroup; o < (group + 1) * outPerGroup; o++) {
          const tap = ((o * inPerGroup + (channel % inPerGroup)) * c.kernel[0] + ky) * c.kernel[1];
          visit(i, (o * ho + oy) * wo + ox, c.weight[tap + kx] as number);
        }
      }
    }
  }
}

export function toSparse(matrix: Matrix, pre: number, post: number): Sparse {
  if (matrix.kind === "sparse") return matrix;
  const count = synapseCount(matrix, pre, post);
  const rowStart = new Uint32Array(pre + 1);
  const targets = new Uint32Array(count);
  const weight = new Float64Array(count);
  let at = 0;
  forEachSynapse(matrix, pre, post, (i, j, w) => {
    targets[at] = j;
    weight[at] = w;
    rowStart[i + 1] = ++at;
  });
  // rows without a synapse end where the one before ends
  for (let i = 0; i < pre; i++)
    rowStart[i + 1] = Math.max(rowStart[i] as number, rowStart[i + 1] as number);
  return { kind: "sparse", rowStart, post: targets, weight, delaySteps: null };
}

/** The same synapses with one step of delay more; those that have 255 already keep them. */
export function oneStepLater(matrix: Matrix, pre: number, post: number): Matrix {
  const sparse = toSparse(matrix, pre, post);
  const { delaySteps } = sparse;
  return {
    ...sparse,
    delaySteps:
      delaySteps?.map((d) => Math.min(255, d + 1)) ?? new Uint8Array(sparse.post.length).fill(1),
  };
}

/** Multiplies every synapse onto target j by gain[j]. */
export function scalePosts(matrix: Matrix, gain: Values, pre: number, post: number): Matrix {
  if (gain === 1) return matrix;
  switch (matrix.kind) {
    case "dense":
      return {
        kind: "dense",
        weight: matrix.weight.map((w, k) => w * valueAt(gain, k % post)),
      };
    case "diagonal":
      return { kind: "diagonal", weight: zipValues(matrix.weight, gain, (w, g) => w * g) };
    case "sparse":
      return typeof gain === "number"
        ? { ...matrix, weight: mapValues(matrix.weight, (w) => w * gain) }
        : {
            ...matrix,
            weight: Float64Array.from(
              matrix.post,
              (j, k) => valueAt(matrix.weight, k) * valueAt(gain, j),
            ),
          };
    case "conv":
      return typeof gain === "number"
        ? { ...matrix, weight: matrix.weight.map((w) => w * gain) }
        : scalePosts(toSparse(matrix, pre, post), gain, pre, post);
  }
}

/** Multiplies every synapse out of source i by scale[i]. */
export function scalePres(matrix: Matrix, scale: Values, pre: number, post: number): Matrix {
  if (typeof scale === "number") return scalePosts(matrix, scale, pre, post);
  switch (matrix.kind) {
    case "dense":
      return {
        kind: "dense",
        weight: matrix.weight.map((w, k) => w * valueAt(scale, Math.floor(k / post))),
      };
    case "diagonal":
      return { kind: "diagonal", weight: zipValues(matrix.weight, scale, (w, s) => w * s) };
    default: {
      const sparse = toSparse(matrix, pre, post);
      const weight = new Float64Array(sparse.post.length);
      for (let i = 0; i < pre; i++) {
        for (let k = sparse.rowStart[i] as number; k < (sparse.rowStart[i + 1] as number); k++) {
          weight[k] = valueAt(sparse.weight, k) * valueAt(scale, i);
        }
      }
      return { ...sparse, weight };
    }
  }
}

/** second ∘ first, or null where the product is too large to compute or to keep. Delays add up. */
export function compose(
  first: Matrix,
  second: Matrix,
  pre: number,
  middle: number,
  post: number,
): Matrix | null {
  if (first.kind === "diagonal") return scalePres(second, first.weight, pre, post);
  if (second.kind === "diagonal") return scalePosts(first, second.weight, pre, post);
  if (first.kind === "dense" && second.kind === "dense") {
    if (pre * post > MAX_FOLDED_SYNAPSES || pre * middle * post > MAX_PRODUCTS) return null;
    return { kind: "dense", weight: denseProduct(first.weight, second.weight, pre, middle, post) };
  }
  const stored = Math.max(synapseCount(first, pre, middle), synapseCount(second, middle, post));
  if (stored > 4 * MAX_FOLDED_SYNAPSES) return null;
  const a = toSparse(first, pre, middle);
  const b = toSparse(second, middle, post);
  const products = a.post.reduce(
    (n, j) => n + (b.rowStart[j + 1] as number) - (b.rowStart[j] as number),
    0,
  );
  if (a.delaySteps !== null || b.delaySteps !== null) {
    return products > MAX_DELAYED_PRODUCTS ? null : delayedProduct(a, b, pre, post);
  }
  return products > MAX_PRODUCTS ? null : sparseProduct(a, b, pre, post);
}

function denseProduct(
  a: Float64Array,
  b: Float64Array,
  pre: number,
  middle: number,
  post: number,
): Float64Array {
  const product = new Float64Array(pre * post);
  for (let i = 0; i < pre; i++) {
    const row = product.subarray(i * post, (i + 1) * post);
    for (let k = 0; k < middle; k++) {
      const w = a[i * middle + k] as number;
      for (let j = 0; j < post; j++) row[j] = (row[j] as number) + w * (b[k * post + j] as number);
    }
  }
  return product;
}

function sparseProduct(a: Sparse, b: Sparse, pre: number, post: number): Sparse | null {
  const rowStart = new Uint32Array(pre + 1);
  const targets: number[] = [];
  const weights: number[] = [];
  const sums = new Float64Array(post);
  const rowOf = new Int32Array(post).fill(-1); // the row that last touched a target
  for (let i = 0; i < pre; i++) {
    const row: number[] = [];
    for (let k = a.rowStart[i] as number; k < (a.rowStart[i + 1] as number); k++) {
      const w = valueAt(a.weight, k);
      const j = a.post[k] as number;
      for (let l = b.rowStart[j] as number; l < (b.rowStart[j + 1] as number); l++) {
        const target = b.post[l] as number;
        if (rowOf[target] !== i) {
          rowOf[target] = i;
          sums[target] = 0;
          row.push(target);
        }
        sums[target] = (sums[target] as number) + w * valueAt(b.weight, l);
      }
    }
    for (const target of row.sort((x, y) => x - y)) {
      targets.push(target);
      weights.push(sums[target] as number);
    }
    if (targets.length > MAX_FOLDED_SYNAPSES) return null;
    rowStart[i + 1] = targets.length;
  }
  const [targetList, weight] = [Uint32Array.from(targets), Float64Array.from(weights)];
  return { kind: "sparse", rowStart, post: targetList, weight, delaySteps: null };
}

function delayedProduct(a: Sparse, b: Sparse, pre: number, post: number): Sparse | null {
  const rowStart = new Uint32Array(pre + 1);
  const targets: number[] = [];
  const weights: number[] = [];
  const delays: number[] = [];
  for (let i = 0; i < pre; i++) {
    const row = new Map<number, number>(); // delay · post + target → weight
    for (let k = a.rowStart[i] as number; k < (a.rowStart[i + 1] as number); k++) {
      const j = a.post[k] as number;
      for (let l = b.rowStart[j] as number; l < (b.rowStart[j + 1] as number); l++) {
        const delay = delayAt(a, k) + delayAt(b, l);
        if (delay > 255) return null;
        const key = delay * post + (b.post[l] as number);
        row.set(key, (row.get(key) ?? 0) + valueAt(a.weight, k) * valueAt(b.weight, l));
      }
    }
    for (const [key, weight] of [...row].sort((x, y) => x[0] - y[0])) {
      targets.push(key % post);
      delays.push(Math.floor(key / post));
      weights.push(weight);
    }
    if (targets.length > MAX_FOLDED_SYNAPSES) return null;
    rowStart[i + 1] = targets.length;
  }
  return {
    kind: "sparse",
    rowStart,
    post: Uint32Array.from(targets),
    weight: Float64Array.from(weights),
    delaySteps: Uint8Array.from(delays),
  };
}

const delayAt = ({ delaySteps }: Sparse, k: number): number =>
  delaySteps === null ? 0 : at(delaySteps, k);

/** SumPool2d or AvgPool2d as a matrix; averages divide by the window's size, padding included, as in torch. */
export function fromPool(
  inputShape: Shape3,
  outputShape: Shape3,
  kernel: readonly [number, number],
  stride: readonly [number, number],
  padding: readonly [number, number],
  factor: number,
): Matrix {
  return {
    kind: "conv",
    inputShape,
    outputShape,
    weight: new Float64Array(inputShape[0] * kernel[0] * kernel[1]).fill(factor),
    kernel,
    stride,
    padding,
    dilation: [1, 1],
    groups: inputShape[0],
  };
}
