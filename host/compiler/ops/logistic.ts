/** LOGISTIC and TANH: tables of curves in fixed point. */
import { type LayeredGraph, type LayerNode, perTensor } from "../../model/graph.ts";
import { quantizeMultiplier } from "../../model/multiplier.ts";
import { tensorOf } from "../channels.ts";
import { roundingArg } from "../int8-multiplier.ts";
import type { Row } from "../lowering.ts";
import type { CompileOptions } from "../options.ts";
import { filledTable } from "./lookup.ts";

export const logistic: Row<"LOGISTIC"> = (node, graph, options) =>
  filledTable(node, graph, "layers/logistic", "logisticTable", curve(node, graph, options));

export const tanh: Row<"TANH"> = (node, graph, options) =>
  filledTable(node, graph, "layers/tanh", "tanhTable", curve(node, graph, options));

/** TFLite: differences are scaled to 4 integer and 27 fraction bits; those beyond ±15 saturate. */
function curve(node: LayerNode, graph: LayeredGraph, { rounding }: CompileOptions): number[] {
  const { scale, zeroPoint } = perTensor(tensorOf(graph, node.inputs[0]));
  // plain frexp in both builds of TFLite: no ceiling on the exponent
  const { q, exponent } = quantizeMultiplier(scale * 2 ** 27, "double");
  // differences of bytes are below 256
  const radius = Math.min(256, Math.floor((15 * 2 ** 27) / 2 ** exponent));
  return [zeroPoint, q, exponent, radius, roundingArg(rounding)];
}
