/** CalculateActivationRangeQuantized. Part of the oracle. */
import type { Activation } from "../../../host/model/graph.ts";
import { clamp, roundHalfAwayFromZero } from "./fixed-point.ts";
import type { Operand } from "./operand.ts";

/** The quantised value of a real number; the quotient is float32. */
export const quantised = (real: number, { scale, zeroPoint }: Operand): number =>
  zeroPoint + roundHalfAwayFromZero(Math.fround(Math.fround(real) / Math.fround(scale)));

export function activationClamp(activation: Activation, output: Operand): (x: number) => number {
  const { least, most } = output;
  const low = { NONE: least, RELU: 0, RELU6: 0, RELU_N1_TO_1: -1 }[activation];
  const high = { NONE: most, RELU: most, RELU6: 6, RELU_N1_TO_1: 1 }[activation];
  const lowest = activation === "NONE" ? least : Math.max(least, quantised(low, output));
  const bounded = activation === "RELU6" || activation === "RELU_N1_TO_1";
  const highest = bounded ? Math.min(most, quantised(high, output)) : most;
  return (x) => clamp(x, lowest, highest);
}
