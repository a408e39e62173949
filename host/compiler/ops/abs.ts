/** ABS: a table. */
import { perTensor } from "../../model/graph.ts";
import { quantizeMultiplier } from "../../model/multiplier.ts";
import { tensorOf } from "../channels.ts";
import { int8Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Row } from "../lowering.ts";
import { filledTable } from "./lookup.ts";

export const abs: Row<"ABS"> = (node, graph, { rounding }) => {
  const input = perTensor(tensorOf(graph, node.inputs[0]));
  const output = perTensor(tensorOf(graph, node.output));
  const ratio = input.scale / output.scale;
  // the quotient is a double in TensorFlow Lite Micro, and a float32 in TensorFlow Lite
  const real = rounding === "double" ? ratio : Math.fround(ratio);
  const { q, exponent } = int8Multiplier(quantizeMultiplier(real, "double"));
  return filledTable(node, graph, "layers/abs", "absTable", [
    ...[input.zeroPoint, q, exponent, output.zeroPoint, roundingArg("double")],
  ]);
};
