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
  readonly values: Values;
  /** of one element of the result */
  readonly least: number;
  readonly most: number;
};

export type Values = Int8Array | Uint8Array | Int16Array | Int32Array | Float64Array;

/** What holds the elements of a tensor of each type. */
const ARRAYS = {
  ...{ i8: Int8Array, u8: Uint8Array, i16: Int16Array, i32: Int32Array },
  i64: Float64Array,
} as const;
const RANGES = {
  ...{ i8: [-128, 127], u8: [0, 255], i16: [-(2 ** 15), 2 ** 15 - 1] },
  i32: [-(2 ** 31), 2 ** 31 - 1],
  i64: [-(2 ** 63), 2 ** 63],
} as const;

/** The elements of a tensor in these bytes, which stay as they are. */
export function elementsIn({ dtype }: Tensor, bytes: Uint8Array): Values {
  const { buffer } = bytes.slice();
  // biases below 2^53
  if (dtype === "i64") return Float64Array.from(new BigInt64Array(buffer), Number);
  return new ARRAYS[dtype](buffer);
}

/** Room for a result. */
export const blank = ({ dtype, shape }: Tensor): Values => new ARRAYS[dtype](size(shape));

export type Operation<K extends LayerKind = LayerKind> = {
  readonly node: NodeOf<K>;
  readonly inputs: readonly Operand[];
  /** shape and quantisation of the result; `values` is filled by the operator */
  readonly output: Operand;
  readonly rounding: Rounding;
};

export type Operator<K extends LayerKind> = (operation: Operation<K>) => void;

export function operand(tensor: Tensor, values: Values | null): Operand {
  const { scales, zeroPoints } = tensor.quantization;
  return {
    shape: tensor.shape,
    scale: at(scales, 0),
    scales,
    zeroPoint: at(zeroPoints, 0),
    values: values ?? constant(tensor),
    ...{ least: RANGES[tensor.dtype][0], most: RANGES[tensor.dtype][1] },
  };
}

function constant(tensor: Tensor): Values {
  if (tensor.data === null) throw new Error(`${tensor.name} has no contents`);
  return elementsIn(tensor, tensor.data);
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
