/**
 * The oracle of layered networks: interprets a graph from the rules of TensorFlow Lite Micro's int8 arithmetic alone.
 * It shares no code with the compiler, the kernels or host/model/multiplier.ts, computes its own multipliers, and
 * throws a RangeError where the standard's C would be undefined.
 */
import type { LayeredGraph, LayerKind } from "../../../host/model/graph.ts";
import type { Rounding } from "../../../host/model/multiplier.ts";
import {
  absolute,
  binary,
  copy,
  leakyRelu,
  relu6,
  rescale,
  sigmoidal,
  throughFloat,
} from "./elementwise.ts";
import {
  at,
  type Operation,
  type Operator,
  operand,
  operationName,
  size,
  tensorOf,
} from "./operand.ts";
import { mean, pool } from "./pooling.ts";
import { concatenation, pad } from "./rearrange.ts";
import { softmax } from "./softmax.ts";
import { conv2d, depthwiseConv2d, fullyConnected } from "./weighted.ts";

const OPERATORS: { readonly [K in LayerKind]: Operator<K> } = {
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  FULLY_CONNECTED: fullyConnected,
  ADD: binary,
  SUB: binary,
  MUL: binary,
  AVERAGE_POOL_2D: pool,
  MAX_POOL_2D: pool,
  MEAN: mean,
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
  CONCATENATION: concatenation,
  PAD: pad,
  QUANTIZE: rescale,
  DEQUANTIZE_QUANTIZE: throughFloat,
};

export type OracleResult = {
  /** the graph's outputs back to back, as a module writes them */
  readonly output: Int8Array;
  /** every node's output, in the order of graph.nodes */
  readonly layers: readonly Int8Array[];
};

/** @param input the graph's inputs back to back */
export function interpret(graph: LayeredGraph, input: Int8Array, rounding: Rounding): OracleResult {
  const values = new Map<number, Int8Array>();
  let from = 0;
  for (const { tensor } of graph.inputs) {
    const length = size(tensorOf(graph, tensor).shape);
    values.set(tensor, input.subarray(from, from + length));
    from += length;
  }
  if (from !== input.length) throw new RangeError(`${input.length} input bytes, not ${from}`);
  const layers = graph.nodes.map((node) => {
    const result = tensorOf(graph, node.output);
    const output = operand(result, new Int8Array(size(result.shape)));
    const inputs = node.inputs.map((t) => operand(tensorOf(graph, t), values.get(t) ?? null));
    const operation: Operation = { node, inputs, output, rounding };
    try {
      (OPERATORS[node.kind] as Operator<LayerKind>)(operation);
    } catch (cause) {
      throw new RangeError(`${operationName(node)}: ${String(cause)}`, { cause });
    }
    values.set(node.output, output.values as Int8Array);
    return output.values as Int8Array;
  });
  const outputs = graph.outputs.map(({ tensor }) => contents(graph, values, tensor));
  return { output: Int8Array.from(outputs.flatMap((o) => [...o])), layers };
}

function contents(
  graph: LayeredGraph,
  values: ReadonlyMap<number, Int8Array>,
  tensor: number,
): Int8Array {
  const computed = values.get(tensor);
  return computed ?? (operand(at(graph.tensors, tensor), null).values as Int8Array);
}
