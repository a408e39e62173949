/** MEAN over the height, the width or both. */
import { fail } from "../../errors.ts";
import { at } from "../../model/at.ts";
import { elements, perTensor } from "../../model/graph.ts";
import { type Multiplier, rescaleMultiplier } from "../../model/multiplier.ts";
import { tensorOf } from "../channels.ts";
import { int8Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Row } from "../lowering.ts";

export const mean: Row<"MEAN"> = (node, graph, { rounding }) => {
  const [input, output] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const [first, last] = [at(node.axes, 0), at(node.axes, node.axes.length - 1)];
  const count = elements(input.shape.slice(first, last + 1));
  if (255 * count >= 2 ** 31) {
    fail("MODEL_RANGE", node.name, `a MEAN of ${count} values`, "sums inside int32");
  }
  const outer = elements(input.shape.slice(0, first));
  const inner = elements(input.shape.slice(last + 1));
  const whole = rescaleMultiplier(input, output, rounding);
  const { q, exponent } = int8Multiplier(dividedBy(whole, count));
  const { zeroPoint } = perTensor(output);
  const sumOfZeroPoints = perTensor(input).zeroPoint * count;
  return {
    form: "scalar",
    init: [],
    step: [
      {
        file: "layers/mean",
        entry: "mean",
        shape: {},
        args: [
          { input: 0 },
          { output: true },
          ...[outer, count, inner, sumOfZeroPoints, q, exponent, roundingArg(rounding), zeroPoint],
        ],
      },
    ],
    constants: [],
    tables: [],
    scratchBytes: 0,
    macs: 0,
    inPlace: false,
  };
};

/** TFLite: the division by the number of elements goes into the multiplier, truncated after shifting left. */
export function dividedBy({ q, exponent }: Multiplier, count: number): Multiplier {
  const shift = Math.min(31 - Math.clz32(count), 32, 31 + exponent);
  const divided = (BigInt(q) << BigInt(shift)) / BigInt(count);
  return { q: Number(divided), exponent: exponent - shift };
}
