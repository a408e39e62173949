/** Small .tflite files for tests of the command line: they compile in no time, and what they compute is obvious. */
import type { LayeredGraph, LayerNode } from "../../host/model/graph.ts";
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

/** uint8 [1,6] of scale ½, zero point 128, through int8, to uint8 of zero point 100: 28 less, and no less than 0. */
export const UNSIGNED = (() => {
  const tensor = (name: string, dtype: "i8" | "u8", zeroPoint: number) => ({
    ...int8Tensor(name, [1, 6]),
    ...{ dtype, quantization: { scales: [0.5], zeroPoints: [zeroPoint], axis: 0 } },
  });
  const tensors = [
    tensor("pixels", "u8", 128),
    tensor("signed", "i8", 0),
    tensor("grey", "u8", 100),
  ];
  const quantize = (index: number): LayerNode => ({
    ...{ kind: "QUANTIZE", index, name: `quantize_${index}`, inputs: [index], output: index + 1 },
  });
  const graph = layeredGraph(tensors, [quantize(0), quantize(1)], [0], [2]);
  const ports = (list: LayeredGraph["inputs"]) =>
    list.map(({ tensor: t }) => ({ tensor: t, edge: "u8" as const }));
  return tfliteBytes({ ...graph, inputs: ports(graph.inputs), outputs: ports(graph.outputs) });
})();

/** int16 [1,6] of scale ½ to int16 of scale 1: half, rounded up. The edges are as asked for. */
export const wideModel = (edge: "i16" | "f32"): Uint8Array => {
  const tensor = (name: string, scale: number) => ({
    ...int8Tensor(name, [1, 6]),
    ...{ dtype: "i16" as const, quantization: { scales: [scale], zeroPoints: [0], axis: 0 } },
  });
  const half: LayerNode = {
    ...{ kind: "QUANTIZE", index: 0, name: "half", inputs: [0], output: 1 },
  };
  const graph = layeredGraph([tensor("sound", 0.5), tensor("loud", 1)], [half], [0], [1]);
  const ports = (list: LayeredGraph["inputs"]) =>
    list.map(({ tensor: t }) => ({ tensor: t, edge }));
  return tfliteBytes({ ...graph, inputs: ports(graph.inputs), outputs: ports(graph.outputs) });
};

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
