/**
 * The oracle of layered networks: interprets a graph from the rules of TensorFlow Lite Micro's int8 arithmetic alone.
 * It shares no code with the compiler, the kernels or host/model/multiplier.ts, computes its own multipliers, and
 * throws a RangeError where the standard's C would be undefined.
 */
import {
  byteLength,
  type LayeredGraph,
  type LayerKind,
  variablesOf,
} from "../../../host/model/graph.ts";
import type { Rounding } from "../../../host/model/multiplier.ts";
import {
  absolute,
  binary,
  copy,
  extremum,
  leakyRelu,
  prelu,
  relu6,
  rescale,
  sigmoidal,
  throughFloat,
} from "./elementwise.ts";
import { hardSwish } from "./hard-swish.ts";
import {
  at,
  blank,
  elementsIn,
  type Operation,
  type Operator,
  operand,
  operationName,
  tensorOf,
  type Values,
} from "./operand.ts";
import { pool, reduction } from "./pooling.ts";
import {
  argExtremum,
  concatenation,
  gather,
  pack,
  pad,
  resizeNearest,
  stridedSlice,
  transpose,
} from "./rearrange.ts";
import { lstm, svdf } from "./recurrent.ts";
import { resizeBilinear } from "./resize.ts";
import { softmax } from "./softmax.ts";
import { conv2d, depthwiseConv2d, fullyConnected, transposeConv } from "./weighted.ts";
import { wideConv2d, wideDepthwise, wideFullyConnected } from "./wide.ts";
import { wideBinary, wideCurve, wideRelu } from "./wide-elements.ts";
import { wideSoftmax } from "./wide-softmax.ts";

const OPERATORS: { readonly [K in LayerKind]: Operator<K> } = {
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  FULLY_CONNECTED: fullyConnected,
  CONV_2D_I16: wideConv2d,
  DEPTHWISE_CONV_2D_I16: wideDepthwise,
  FULLY_CONNECTED_I16: wideFullyConnected,
  ADD_I16: wideBinary,
  SUB_I16: wideBinary,
  MUL_I16: wideBinary,
  AVERAGE_POOL_2D_I16: pool,
  MAX_POOL_2D_I16: pool,
  LOGISTIC_I16: wideCurve,
  TANH_I16: wideCurve,
  SOFTMAX_I16: wideSoftmax,
  LEAKY_RELU_I16: leakyRelu,
  RELU_I16: wideRelu,
  RELU6_I16: wideRelu,
  TRANSPOSE_CONV: transposeConv,
  ADD: binary,
  SUB: binary,
  MUL: binary,
  DIV: binary,
  AVERAGE_POOL_2D: pool,
  AVERAGE_POOL_2D_U8: pool,
  MAX_POOL_2D: pool,
  MEAN: reduction,
  SUM: reduction,
  MAXIMUM: extremum,
  MINIMUM: extremum,
  PRELU: prelu,
  RESHAPE: copy,
  SQUEEZE: copy,
  EXPAND_DIMS: copy,
  SOFTMAX: softmax,
  LOGISTIC: sigmoidal,
  TANH: sigmoidal,
  RELU: rescale,
  RELU6: relu6,
  LEAKY_RELU: leakyRelu,
  ABS: absolute,
  HARD_SWISH: hardSwish,
  CONCATENATION: concatenation,
  PACK: pack,
  PAD: pad,
  STRIDED_SLICE: stridedSlice,
  TRANSPOSE: transpose,
  RESIZE_NEAREST_NEIGHBOR: resizeNearest,
  RESIZE_BILINEAR: resizeBilinear,
  GATHER: gather,
  UNIDIRECTIONAL_SEQUENCE_LSTM: lstm,
  SVDF: svdf,
  ARG_MAX: argExtremum,
  ARG_MIN: argExtremum,
  QUANTIZE: rescale,
  DEQUANTIZE_QUANTIZE: throughFloat,
};

export type OracleResult = {
  /** the bytes of the graph's outputs back to back, as a module writes them */
  readonly output: Int8Array;
  /** the bytes of every node's output, in the order of graph.nodes */
  readonly layers: readonly Int8Array[];
  /** the bytes of every variable when the step is over */
  readonly kept: readonly Uint8Array[];
};

/**
 * @param input the graph's inputs back to back
 * @param kept  the bytes of every variable before the step: without them it is the first
 */
export function interpret(
  graph: LayeredGraph,
  input: Int8Array,
  rounding: Rounding,
  kept: readonly Uint8Array[] = variablesOf(graph).map(({ initial }) => initial),
): OracleResult {
  const values = new Map<number, Values>();
  variablesOf(graph).forEach(({ tensor }, k) => {
    values.set(tensor, elementsIn(tensorOf(graph, tensor), kept[k] ?? new Uint8Array()));
  });
  let from = 0;
  for (const { tensor } of graph.inputs) {
    const own = tensorOf(graph, tensor);
    const length = byteLength(own);
    const bytes = new Uint8Array(input.buffer, input.byteOffset + from, length);
    values.set(tensor, elementsIn(own, bytes));
    from += length;
  }
  if (from !== input.length) throw new RangeError(`${input.length} input bytes, not ${from}`);
  const layers = graph.nodes.map((node) => {
    const result = tensorOf(graph, node.output);
    const output = operand(result, blank(result));
    const inputs = node.inputs.map((t) => operand(tensorOf(graph, t), values.get(t) ?? null));
    const operation: Operation = { node, inputs, output, rounding };
    try {
      (OPERATORS[node.kind] as Operator<LayerKind>)(operation);
    } catch (cause) {
      throw new RangeError(`${operationName(node)}: ${String(cause)}`, { cause });
    }
    values.set(node.output, output.values);
    return bytesOf(output.values);
  });
  const final = (tensor: number): Int8Array =>
    bytesOf(values.get(tensor) ?? operand(at(graph.tensors, tensor), null).values);
  const outputs = graph.outputs.map(({ tensor }) => final(tensor));
  const left = variablesOf(graph).map(({ next }) => Uint8Array.from(final(next)));
  return { output: Int8Array.from(outputs.flatMap((o) => [...o])), layers, kept: left };
}

const bytesOf = ({ buffer }: Values): Int8Array => new Int8Array(buffer);
