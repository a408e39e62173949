/** QUANTIZE, RELU and RELU6: one table kernel, three sets of bounds; one more where an edge is uint8, none for int16. */
import { elements, type LayeredGraph, type LayerNode, perTensor } from "../../model/graph.ts";
import {
  activationRange,
  type Multiplier,
  quantizeMultiplier,
  rescaleMultiplier,
} from "../../model/multiplier.ts";
import { leastOf, tensorOf } from "../channels.ts";
import { int8Multiplier, int32Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Lowering, Row } from "../lowering.ts";
import type { CompileOptions } from "../options.ts";
import { filledTable } from "./lookup.ts";
import { NOTHING } from "./place.ts";

type Bounds = { readonly low: number; readonly high: number };

export const quantize: Row<"QUANTIZE"> = (node, graph, options) => {
  const [from, to] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  if (from.dtype === "i16" || to.dtype === "i16") {
    const multiplier = rescaleMultiplier(from, to, options.rounding);
    return wide(node, graph, options, multiplier, activationRange("NONE", to));
  }
  if (from.dtype === "i8" && to.dtype === "i8") {
    return rescaled(node, graph, options, { low: -128, high: 127 });
  }
  const { q, exponent } = int8Multiplier(rescaleMultiplier(from, to, options.rounding));
  return filledTable(node, graph, "layers/quantize", "quantizeEdgeTable", [
    ...[leastOf(from), perTensor(from).zeroPoint, q, exponent],
    ...[perTensor(to).zeroPoint, leastOf(to), roundingArg(options.rounding)],
  ]);
};

/** Of int16 at one end or both. */
function wide(
  node: LayerNode,
  graph: LayeredGraph,
  { rounding }: CompileOptions,
  multiplier: Multiplier,
  { low, high }: Bounds,
): Lowering {
  const [from, to] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const { q, exponent } = int32Multiplier(multiplier);
  return {
    ...NOTHING,
    form: "scalar",
    step: [
      {
        ...{ file: "layers/rescale", entry: `rescale<${from.dtype}, ${to.dtype}>`, shape: {} },
        args: [
          ...[{ input: 0 }, { output: true } as const, elements(to.shape)],
          ...[perTensor(from).zeroPoint, q, exponent, perTensor(to).zeroPoint],
          ...[low, high, roundingArg(rounding)],
        ],
      },
    ],
    constants: [],
    inPlace: from.dtype === to.dtype,
  };
}

export const reluI16: Row<"RELU_I16"> = (node, graph, options) => {
  const [from, to] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const multiplier = rescaleMultiplier(from, to, options.rounding);
  return wide(node, graph, options, multiplier, activationRange("RELU", to));
};

export const relu6I16: Row<"RELU6_I16"> = (node, graph, options) => {
  const one = quantizeMultiplier(1, options.rounding);
  const range = activationRange("RELU6", tensorOf(graph, node.inputs[0]));
  return wide(node, graph, options, one, range);
};

export const relu: Row<"RELU"> = (node, graph, options) =>
  rescaled(node, graph, options, activationRange("RELU", tensorOf(graph, node.output)));

/** TFLite's RELU6 keeps the quantisation of its input: the multiplier is 1. */
export const relu6: Row<"RELU6"> = (node, graph, { rounding }) => {
  const input = tensorOf(graph, node.inputs[0]);
  const { zeroPoint } = perTensor(input);
  const one = quantizeMultiplier(1, rounding);
  return table(node, graph, one, zeroPoint, zeroPoint, activationRange("RELU6", input), rounding);
};

function rescaled(
  node: LayerNode,
  graph: LayeredGraph,
  { rounding }: CompileOptions,
  bounds: Bounds,
): Lowering {
  const [input, output] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const multiplier = rescaleMultiplier(input, output, rounding);
  const [from, to] = [perTensor(input).zeroPoint, perTensor(output).zeroPoint];
  return table(node, graph, multiplier, from, to, bounds, rounding);
}

function table(
  node: LayerNode,
  graph: LayeredGraph,
  multiplier: Multiplier,
  zeroPoint: number,
  zeroPointOut: number,
  { low, high }: Bounds,
  rounding: CompileOptions["rounding"],
): Lowering {
  const { q, exponent } = int8Multiplier(multiplier);
  return filledTable(node, graph, "layers/quantize", "quantizeTable", [
    ...[zeroPoint, q, exponent, zeroPointOut, low, high, roundingArg(rounding)],
  ]);
}
