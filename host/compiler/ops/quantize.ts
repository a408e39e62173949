/** QUANTIZE, RELU and RELU6: one table kernel, three sets of bounds; one more where an edge is uint8, none for int16.
 * Their multiplications round twice in both roundings: host/model/desktop.ts says why. */
import { shortRescale } from "../../model/desktop.ts";
import { elements, type LayeredGraph, type LayerNode, perTensor } from "../../model/graph.ts";
import {
  activationRange,
  type Multiplier,
  quantizeMultiplier,
  reluMultiplier,
  rescaleMultiplier,
} from "../../model/multiplier.ts";
import { leastOf, tensorOf } from "../channels.ts";
import { int8Multiplier, int32Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Lowering, Row } from "../lowering.ts";
import { filledTable, shortTable } from "./lookup.ts";
import { NOTHING } from "./place.ts";

type Bounds = { readonly low: number; readonly high: number };

export const quantize: Row<"QUANTIZE"> = (node, graph, { rounding }) => {
  const [from, to] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  if (from.dtype === "i16" || to.dtype === "i16") {
    return wide(node, graph, rescaleMultiplier(from, to), activationRange("NONE", to));
  }
  const desktop = rounding === "single" && from.dtype === to.dtype;
  const short = desktop ? shortRescale(from, to) : null;
  if (short !== null) return shortTable(node, graph, short);
  if (from.dtype === "i8" && to.dtype === "i8") {
    return rescaled(node, graph, rescaleMultiplier(from, to), { low: -128, high: 127 });
  }
  const { q, exponent } = int8Multiplier(rescaleMultiplier(from, to));
  return filledTable(node, graph, "layers/quantize", "quantizeEdgeTable", [
    ...[leastOf(from), perTensor(from).zeroPoint, q, exponent],
    ...[perTensor(to).zeroPoint, leastOf(to), roundingArg("double")],
  ]);
};

/** Of int16 at one end or both. */
function wide(
  node: LayerNode,
  graph: LayeredGraph,
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
          ...[low, high, roundingArg("double")],
        ],
      },
    ],
    constants: [],
    inPlace: from.dtype === to.dtype,
  };
}

export const reluI16: Row<"RELU_I16"> = (node, graph, { rounding }) => {
  const [from, to] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  return wide(node, graph, reluMultiplier(from, to, rounding), activationRange("RELU", to));
};

export const relu6I16: Row<"RELU6_I16"> = (node, graph) => {
  const range = activationRange("RELU6", tensorOf(graph, node.inputs[0]));
  return wide(node, graph, quantizeMultiplier(1, "double"), range);
};

export const relu: Row<"RELU"> = (node, graph, { rounding }) => {
  const [from, to] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const multiplier = reluMultiplier(from, to, rounding);
  return rescaled(node, graph, multiplier, activationRange("RELU", to));
};

/** TFLite's RELU6 keeps the quantisation of its input: the multiplier is 1. */
export const relu6: Row<"RELU6"> = (node, graph) => {
  const input = tensorOf(graph, node.inputs[0]);
  const { zeroPoint } = perTensor(input);
  const one = quantizeMultiplier(1, "double");
  return table(node, graph, one, zeroPoint, zeroPoint, activationRange("RELU6", input));
};

function rescaled(
  node: LayerNode,
  graph: LayeredGraph,
  multiplier: Multiplier,
  bounds: Bounds,
): Lowering {
  const [input, output] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const [from, to] = [perTensor(input).zeroPoint, perTensor(output).zeroPoint];
  return table(node, graph, multiplier, from, to, bounds);
}

function table(
  node: LayerNode,
  graph: LayeredGraph,
  multiplier: Multiplier,
  zeroPoint: number,
  zeroPointOut: number,
  { low, high }: Bounds,
): Lowering {
  const { q, exponent } = int8Multiplier(multiplier);
  return filledTable(node, graph, "layers/quantize", "quantizeTable", [
    ...[zeroPoint, q, exponent, zeroPointOut, low, high, roundingArg("double")],
  ]);
}
