/** LEAKY_RELU: a table with one multiplier above zero and one below. */
import { shortLeakyRelu } from "../../model/desktop.ts";
import { perTensor } from "../../model/graph.ts";
import { leakyReluMultipliers } from "../../model/multiplier.ts";
import { tensorOf } from "../channels.ts";
import { int8Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Row } from "../lowering.ts";
import { filledTable, shortTable } from "./lookup.ts";

export const leakyRelu: Row<"LEAKY_RELU"> = (node, graph, { rounding }) => {
  const [input, output] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const short = rounding === "single" ? shortLeakyRelu(input, output, node.alpha) : null;
  if (short !== null) return shortTable(node, graph, short);
  const multipliers = leakyReluMultipliers(input, output, node.alpha);
  const identity = int8Multiplier(multipliers.identity);
  const alpha = int8Multiplier(multipliers.alpha);
  return filledTable(node, graph, "layers/leaky-relu", "leakyReluTable", [
    perTensor(input).zeroPoint,
    ...[identity.q, identity.exponent, alpha.q, alpha.exponent],
    multipliers.negativeAlpha ? -1 : 1,
    ...[perTensor(output).zeroPoint, roundingArg("double")],
  ]);
};
