/** Small .tflite files for tests of the command line: they compile in no time, and what they compute is obvious. */
import type { LayeredGraph } from "../../host/model/graph.ts";
import { int8Tensor, layeredGraph, reshape } from "./graphs.ts";
import { tfliteBytes } from "./tflite-from-graph.ts";

/** [1,2,3] → [1,6], the same bytes; scale ½, zero point 0. */
export const flattenGraph = (edge: "i8" | "f32" = "i8"): LayeredGraph => {
  const tensors = [int8Tensor("image", [1, 2, 3]), int8Tensor("flat", [1, 6])];
  const graph = layeredGraph(tensors, [reshape(0, 0, 1)], [0], [1]);
  const ports = (list: LayeredGraph["inputs"]) => list.map(({ tensor }) => ({ tensor, edge }));
  return { ...graph, inputs: ports(graph.inputs), outputs: ports(graph.outputs) };
};

export const FLATTEN = tfliteBytes(flattenGraph());
export const FLATTEN_F32 = tfliteBytes(flattenGraph("f32"));

/** Two inputs, two outputs: [1,3] and [1,2] in, both through. */
export const TWO_PORTS = tfliteBytes(
  layeredGraph(
    [
      int8Tensor("a", [1, 3]),
      int8Tensor("b", [1, 2]),
      int8Tensor("a_out", [3]),
      int8Tensor("b_out", [2]),
    ],
    [reshape(0, 0, 2), reshape(1, 1, 3)],
    [0, 1],
    [2, 3],
  ),
);
