/** PRELU: slopes that broadcast over the input. */
import { perTensor } from "../../model/graph.ts";
import { preluMultipliers } from "../../model/multiplier.ts";
import { int8Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Row } from "../lowering.ts";
import { broadcast, operandsOf } from "./binary.ts";

export const prelu: Row<"PRELU"> = (node, graph, { rounding }) => {
  const operands = operandsOf(node, graph);
  const { a, b, output } = operands;
  const multipliers = preluMultipliers(a, b, output, rounding);
  const [above, below] = [multipliers.above, multipliers.below].map(int8Multiplier);
  return broadcast(
    operands,
    "layers/prelu",
    "prelu",
    [],
    [
      ...[perTensor(a).zeroPoint, perTensor(b).zeroPoint],
      ...[above, below].flatMap((one) => (one ? [one.q, one.exponent] : [])),
      ...[roundingArg("double"), perTensor(output).zeroPoint],
    ],
  );
};
