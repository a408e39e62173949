/** Random operators that move elements and compute nothing, and conversions through float32, of int16. */
import { type LayeredGraph, type Port, type Tensor, variablesOf } from "../../host/model/graph.ts";
import { mulberry32, subseed } from "../../host/model/random.ts";
import { dice } from "./random-draft.ts";
import { randomOperator } from "./random-graph.ts";
import type { RandomKind } from "./random-operators.ts";
import { randomVariables } from "./random-variables.ts";

export const MOVING_KINDS = [
  ...(["CONCATENATION", "PACK", "PAD", "STRIDED_SLICE", "TRANSPOSE", "GATHER"] as const),
  ...(["RESHAPE", "SQUEEZE", "EXPAND_DIMS"] as const),
] as const satisfies readonly RandomKind[];

export type MovingKind = (typeof MOVING_KINDS)[number];

/** The operator that this seed draws of bytes, with every element in 16 bits. */
export const wideMover = (kind: MovingKind, seed: number): LayeredGraph =>
  withTensors(randomOperator(kind, seed), (tensor) => widened(tensor));

/** Networks that keep something, of those that only move elements: none of the seeds whose operators do more. */
export const wideVariables = (seeds: readonly number[]): readonly LayeredGraph[] =>
  seeds
    .map(randomVariables)
    .filter(({ nodes }) => nodes.every(({ kind }) => MOVING_KINDS.some((one) => one === kind)))
    .map((graph) => {
      const variables = variablesOf(graph).map((one) => {
        return { ...one, initial: twice(one.initial) };
      });
      return { ...withTensors(graph, (tensor) => widened(tensor)), variables };
    });

/** From bytes to int16, back, or from int16 to another scale, in one step or two. */
export function wideThroughFloat(seed: number): LayeredGraph {
  const { int, pick } = dice(mulberry32(subseed(seed, 16)));
  const graph = randomOperator("DEQUANTIZE_QUANTIZE", seed);
  const narrow = int(0, graph.tensors.length - 1);
  return withTensors(graph, (tensor, t) => {
    if (t === narrow && pick([true, true, false])) return tensor;
    const [scale = 1] = tensor.quantization.scales;
    return widened(tensor, Math.fround(scale / pick([1, 128, 300])));
  });
}

const widened = (tensor: Tensor, scale?: number): Tensor => {
  const { scales, axis } = tensor.quantization;
  const own = typeof scale === "number" ? [scale] : scales;
  const data = tensor.data && twice(tensor.data);
  return { ...tensor, dtype: "i16", quantization: { scales: own, zeroPoints: [0], axis }, data };
};

/** Of every byte an element of two. */
const twice = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from([...bytes].flatMap((byte) => [byte, byte]));

function withTensors(
  graph: LayeredGraph,
  change: (tensor: Tensor, t: number) => Tensor,
): LayeredGraph {
  const tensors = graph.tensors.map(change);
  const port = ({ tensor }: Port): Port => ({
    tensor,
    edge: tensors[tensor]?.dtype as Port["edge"],
  });
  return { ...graph, tensors, inputs: graph.inputs.map(port), outputs: graph.outputs.map(port) };
}
