/** DEQUANTIZE and QUANTIZE in a row: through float32 as TFLite's two kernels, so the table is computed here. */
import { perTensor } from "../../model/graph.ts";
import { roundHalfAway } from "../../model/multiplier.ts";
import { tensorOf } from "../channels.ts";
import type { Row } from "../lowering.ts";
import { preparedTable } from "./lookup.ts";

export const dequantizeQuantize: Row<"DEQUANTIZE_QUANTIZE"> = (node, graph) => {
  const from = perTensor(tensorOf(graph, node.inputs[0]));
  const to = perTensor(tensorOf(graph, node.output));
  return preparedTable(node, graph, (input) => {
    const real = Math.fround(from.scale * (input - from.zeroPoint)); // exact in double: 24 + 9 bits
    const steps = roundHalfAway(Math.fround(real / to.scale));
    return Math.min(Math.max(steps + to.zeroPoint, -128), 127);
  });
};
