/** HARD_SWISH: a table, computed here in TFLite's 16 bits. */
import { fail } from "../../errors.ts";
import { perTensor } from "../../model/graph.ts";
import { hardSwish as curve, hardSwishMultipliers } from "../../model/hard-swish.ts";
import { tensorOf } from "../channels.ts";
import type { Row } from "../lowering.ts";
import { preparedTable } from "./lookup.ts";

export const hardSwish: Row<"HARD_SWISH"> = (node, graph) => {
  const from = perTensor(tensorOf(graph, node.inputs[0]));
  const to = perTensor(tensorOf(graph, node.output));
  const multipliers = hardSwishMultipliers(from.scale, to.scale);
  if (multipliers.toOutput.exponent > 0) {
    const got = `scales ${from.scale} to ${to.scale}`;
    fail("MODEL_QUANT", node.name, got, "an output scale above 1/128 of the input's");
  }
  return preparedTable(node, graph, -128, (x) => {
    const y = curve(x - from.zeroPoint, multipliers) + to.zeroPoint;
    return Math.min(Math.max(y, -128), 127);
  });
};
