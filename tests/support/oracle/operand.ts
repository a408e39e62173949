/** What every operator of the oracle works on: whole tensors, looked up by node. Part of the oracle. */
import type {
  LayeredGraph,
  LayerKind,
  LayerNode,
  NodeOf,
  Tensor,
} from "../../../host/model/graph.ts";
import type { Rounding } from "../../../host/model/multiplier.ts";

/** A tensor with its contents as numbers. */
export type Operand = {
  readonly shape: readonly number[];
  readonly scale: number;
  readonly scales: readonly number[];
  readonly zeroPoint: number;
  readonly values: Int8Array | Int32Array;
};

export type Operation<K extends LayerKind = LayerKind> = {
  readonly node: NodeOf<K>;
  readonly inputs: readonly Operand[];
  /** shape and quantisation of the result; `values` is filled by the operator */
  readonly output: Operand;
  readonly rounding: Rounding;
};

export type Operator<K extends LayerKind> = (operation: Operation<K>) => void;

export function operand(tensor: Tensor, values: Int8Array | null): Operand {
  const { scales, zeroPoints } = tensor.quantization;
  return {
    shape: tensor.shape,
    scale: at(scales, 0),
    scales,
    zeroPoint: at(zeroPoints, 0),
    values: values ?? constant(tensor),
  };
}

function constant({ data, dtype, name }: Tensor): Int8Array | Int32Array {
  if (data === null) throw new Error(`${name} has no contents`);
  const bytes = data.slice();
  return dtype === "i8" ? new Int8Array(bytes.buffer) : new Int32Array(bytes.buffer);
}

export const tensorOf = (graph: LayeredGraph, index: number): Tensor => at(graph.tensors, index);

export const operationName = (node: LayerNode): string => `${node.kind} ${node.name}`;

/** An element that must be there. */
export function at<T>(list: ArrayLike<T>, k: number): T {
  const value = list[k];
  if (value === undefined) throw new RangeError(`no element ${k} of ${list.length}`);
  return value;
}

export const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
