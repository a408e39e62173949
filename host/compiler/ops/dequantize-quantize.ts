/** DEQUANTIZE and QUANTIZE in a row: through float32 as TFLite's two kernels, so the table is computed here. */
import { perTensor } from "../../model/graph.ts";
import { roundHalfAway } from "../../model/multiplier.ts";
import { leastOf, tensorOf } from "../channels.ts";
import type { Row } from "../lowering.ts";
import { preparedTable } from "./lookup.ts";

export const dequantizeQuantize: Row<"DEQUANTIZE_QUANTIZE"> = (node, graph) => {
  const [input, output] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const [from, to] = [perTensor(input), perTensor(output)];
  return preparedTable(node, graph, leastOf(input), (x) => {
    const real = Math.fround(from.scale * (x - from.zeroPoint)); // exact in double: 24 + 9 bits
    const steps = roundHalfAway(Math.fround(real / to.scale));
    const least = leastOf(output);
    return Math.min(Math.max(steps + to.zeroPoint, least), least + 255);
  });
};
