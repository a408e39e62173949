/**
 * What a spiking node of each kind has in JSON, field by field: the one table that reading and writing follow. Fields that
 * decide the shape of others stand before them.
 */
import { elements } from "../../model/graph.ts";
import { MAX_COUNT, type SpikingKind, type SpikingNode } from "../../model/spiking-graph.ts";

/** What a number may be. */
export type Range = "any" | "positive" | "nonnegative";

/** What is known of a node before an array of it: its shape, and the fields above. */
export type Known = {
  readonly shape: readonly number[];
  readonly inputSize: number;
  readonly inputShape: readonly number[];
  readonly kernel: readonly number[];
  readonly groups: number;
  readonly synapses: number;
};

type ArrayShape = (known: Known) => readonly number[];

export type Rule =
  /** one number for the whole node, or an array of f64, one for each element of `of` */
  | { readonly type: "values"; readonly range: Range; readonly of: ArrayShape }
  | { readonly type: "reals"; readonly shape: ArrayShape; readonly optional: boolean }
  | { readonly type: "indices"; readonly shape: ArrayShape }
  /** one number of steps, or one byte for each synapse */
  | { readonly type: "steps"; readonly shape: ArrayShape }
  /** a whole number from 1 */
  | { readonly type: "count"; readonly most?: number; readonly optional?: true }
  | { readonly type: "sizes"; readonly length: 2 | 3; readonly low: 0 | 1 }
  | { readonly type: "receptors" };

/** The node type whose `kind` may be K. */
type Of<K extends SpikingKind, N = SpikingNode> = N extends { readonly kind: infer Kinds }
  ? K extends Kinds
    ? N
    : never
  : never;

type Rules<K extends SpikingKind> = {
  readonly [F in Exclude<keyof Of<K>, "kind" | "name" | "shape">]: Rule;
};

const own: ArrayShape = ({ shape }) => shape;
const values = (range: Range = "any") => ({ type: "values", range, of: own }) as const;
const VALUES = values();
const POSITIVE = values("positive");
const COUNT = { type: "count" } as const;
const pair = (low: 0 | 1): Rule => ({ type: "sizes", length: 2, low });
const IMAGE: Rule = { type: "sizes", length: 3, low: 1 };
const reals = (shape: ArrayShape, optional = false): Rule => ({ type: "reals", shape, optional });

/** As `outputs` × `inputSize`: row-major. */
const MATRIX = reals(({ shape, inputSize }) => [elements(shape), inputSize]);
const DRIVEN = { current: VALUES, vInitial: VALUES } as const;
const SPIKING = {
  vThreshold: VALUES,
  vReset: VALUES,
  refractorySeconds: values("nonnegative"),
} as const;
const LEAKY = { tau: POSITIVE, r: VALUES, vLeak: VALUES } as const;
const CUBA = {
  tauMem: POSITIVE,
  r: VALUES,
  vLeak: VALUES,
  receptors: { type: "receptors" },
} as const;
const CONV = {
  inputShape: IMAGE,
  kernel: pair(1),
  stride: pair(1),
  padding: pair(0),
  dilation: pair(1),
  groups: COUNT,
  weight: reals(({ shape, inputShape, kernel, groups }) => [
    first(shape),
    Math.floor(first(inputShape) / groups),
    ...kernel,
  ]),
  bias: reals(({ shape }) => [first(shape)], true),
} as const;
const POOL = { inputShape: IMAGE, kernel: pair(1), stride: pair(1), padding: pair(0) } as const;

const first = (sizes: readonly number[]): number => sizes[0] ?? 1;

export const NODES: { readonly [K in SpikingKind]: Rules<K> } = {
  Input: { maxCount: { type: "count", most: MAX_COUNT, optional: true } },
  Output: {},
  Linear: { inputSize: COUNT, weight: MATRIX },
  Affine: { inputSize: COUNT, weight: MATRIX, bias: reals(({ shape }) => [elements(shape)]) },
  Sparse: {
    inputSize: COUNT,
    rowStart: { type: "indices", shape: ({ inputSize }) => [inputSize + 1] },
    post: { type: "indices", shape: ({ synapses }) => [synapses] },
    weight: { type: "values", range: "any", of: ({ synapses }) => [synapses] },
    delaySteps: { type: "steps", shape: ({ synapses }) => [synapses] },
  },
  Scale: { scale: VALUES },
  Conv1d: CONV,
  Conv2d: CONV,
  SumPool2d: POOL,
  AvgPool2d: POOL,
  Flatten: {},
  Delay: { delaySeconds: values("nonnegative") },
  Threshold: { threshold: VALUES },
  I: { r: VALUES, ...DRIVEN },
  IF: { r: VALUES, ...SPIKING, ...DRIVEN },
  LI: { ...LEAKY, ...DRIVEN },
  LIF: { ...LEAKY, ...SPIKING, ...DRIVEN },
  CubaLI: { ...CUBA, ...DRIVEN },
  CubaLIF: { ...CUBA, ...SPIKING, ...DRIVEN },
  AdaptiveLIF: {
    ...LEAKY,
    tauAdapt: POSITIVE,
    increment: VALUES,
    ...SPIKING,
    ...DRIVEN,
  },
  Izhikevich: { a: VALUES, b: VALUES, c: VALUES, d: VALUES, ...DRIVEN },
  QIF: { ...LEAKY, a0: POSITIVE, vCritical: VALUES, ...SPIKING, ...DRIVEN },
  Perceptron: { inputSize: COUNT },
};

/** Of a receptor of CubaLI and CubaLIF, besides its name. */
export const RECEPTOR = { tauSyn: POSITIVE, wIn: VALUES } as const;
