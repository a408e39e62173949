/** Small layered graphs built by code. */
import type { LayeredGraph, LayerNode, Tensor } from "../../host/model/graph.ts";

export const int8Tensor = (
  name: string,
  shape: readonly number[],
  data: Uint8Array | null = null,
): Tensor => ({
  name,
  shape,
  dtype: "i8",
  quantization: { scales: [0.5], zeroPoints: [0], axis: 0 },
  data,
});

/** A graph whose inputs and outputs are int8 edges. */
export const layeredGraph = (
  tensors: readonly Tensor[],
  nodes: readonly LayerNode[],
  inputs: readonly number[],
  outputs: readonly number[],
): LayeredGraph => ({
  kind: "layered",
  source: { name: "test", format: "graph", sha256: "0".repeat(64) },
  tensors,
  nodes,
  inputs: inputs.map((tensor) => ({ tensor, edge: "i8" })),
  outputs: outputs.map((tensor) => ({ tensor, edge: "i8" })),
  labels: null,
});

export const reshape = (index: number, input: number, output: number): LayerNode => ({
  kind: "RESHAPE",
  index,
  name: `reshape_${index}`,
  inputs: [input],
  output,
});
