/** Dice, and a draft that random operators write into: the common ground of the random-*.ts files. */
import type { LayerNode, Tensor } from "../../host/model/graph.ts";
import { type Random, uniform } from "../../host/model/random.ts";

export const f32 = Math.fround;

export type Dice = {
  /** an integer, both ends included */
  readonly int: (low: number, high: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
  readonly chance: (probability: number) => boolean;
  readonly real: (low: number, high: number) => number;
};

export function dice(random: Random): Dice {
  const int = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  return {
    int,
    pick: (from) => from[int(0, from.length - 1)] as (typeof from)[number],
    chance: (probability) => random() < probability,
    real: (low, high) => uniform(random, low, high),
  };
}

export type Quantised = { readonly scale: number; readonly zeroPoint: number };

/** A graph while it grows. */
export type Draft = {
  readonly dice: Dice;
  readonly tensors: Tensor[];
  readonly nodes: LayerNode[];
  /** graph inputs, in order */
  readonly inputs: number[];
};

export const emptyDraft = (random: Random): Draft => ({
  dice: dice(random),
  tensors: [],
  nodes: [],
  inputs: [],
});

/** Zero points at the ends, in the middle and anywhere. */
export const anyZeroPoint = ({ pick, int }: Dice): number =>
  pick([-128, -128, 127, 0, -1, 1, int(-128, 127), int(-128, 127)]);

/** 2^x with x uniform, as float32. */
export const anyScale = ({ real }: Dice, low = -8, high = 0): number => f32(2 ** real(low, high));

export const anyQuantisation = (d: Dice): Quantised => ({
  scale: anyScale(d),
  zeroPoint: anyZeroPoint(d),
});

function addTensor(draft: Draft, tensor: Omit<Tensor, "name">): number {
  draft.tensors.push({ name: `t${draft.tensors.length}`, ...tensor });
  return draft.tensors.length - 1;
}

export function activation(draft: Draft, shape: readonly number[], q: Quantised): number {
  const quantization = { scales: [q.scale], zeroPoints: [q.zeroPoint], axis: 0 };
  return addTensor(draft, { shape, dtype: "i8", quantization, data: null });
}

/** An activation of uint8: its zero point is 128 more than that of the same int8. */
export function unsigned(draft: Draft, shape: readonly number[], q: Quantised): number {
  const quantization = { scales: [q.scale], zeroPoints: [q.zeroPoint + 128], axis: 0 };
  return addTensor(draft, { shape, dtype: "u8", quantization, data: null });
}

/** Another shape of the same bytes' type and quantisation. */
export function alike(draft: Draft, input: number, shape: readonly number[]): number {
  const { dtype, quantization } = draft.tensors[input] as Tensor;
  return addTensor(draft, { shape, dtype, quantization, data: null });
}

export function graphInput(draft: Draft, shape: readonly number[], q: Quantised): number {
  const tensor = activation(draft, shape, q);
  draft.inputs.push(tensor);
  return tensor;
}

export function constantI8(
  draft: Draft,
  shape: readonly number[],
  values: Int8Array,
  scales: readonly number[],
  zeroPoint: number,
  axis: number,
): number {
  const quantization = { scales, zeroPoints: scales.map(() => zeroPoint), axis };
  return addTensor(draft, {
    shape,
    dtype: "i8",
    quantization,
    data: new Uint8Array(values.buffer),
  });
}

export function constantI32(draft: Draft, values: Int32Array): number {
  const quantization = { scales: [1], zeroPoints: [0], axis: 0 };
  const data = new Uint8Array(values.buffer);
  return addTensor(draft, { shape: [values.length], dtype: "i32", quantization, data });
}

/** A node without what addNode() gives it; distributes over the kinds. */
type Attributes<N = LayerNode> = N extends LayerNode ? Omit<N, "index" | "name"> : never;

/** Appends a node; returns its output tensor. */
export function addNode(draft: Draft, attributes: Attributes): number {
  const index = draft.nodes.length;
  draft.nodes.push({ index, name: `${attributes.kind}_${index}`, ...attributes });
  return attributes.output;
}

export const shapeOf = (draft: Draft, tensor: number): readonly number[] =>
  draft.tensors[tensor]?.shape ?? [];

export function quantisationOf(draft: Draft, tensor: number): Quantised {
  const { scales = [], zeroPoints = [] } = draft.tensors[tensor]?.quantization ?? {};
  return { scale: scales[0] ?? Number.NaN, zeroPoint: zeroPoints[0] ?? Number.NaN };
}

/** Appends an operator that reads `input`; returns its output tensor. */
export type Append = (draft: Draft, input: number) => number;
