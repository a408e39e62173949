/**
 * DEQUANTIZE and QUANTIZE in a row: through float32 as TFLite's two kernels, kernels/internal/reference/dequantize.h and
 * quantize.h. Of bytes a table is computed here; of int16 a kernel computes float32 in integers.
 */
import { fail } from "../../errors.ts";
import { elements, type LayeredGraph, type NodeOf, perTensor } from "../../model/graph.ts";
import { frexp, roundHalfAway } from "../../model/multiplier.ts";
import { rangeOf, tensorOf } from "../channels.ts";
import type { Lowering, Row } from "../lowering.ts";
import { preparedTable } from "./lookup.ts";
import { NOTHING } from "./place.ts";

export const dequantizeQuantize: Row<"DEQUANTIZE_QUANTIZE"> = (node, graph) => {
  const [input, output] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const [from, to] = [perTensor(input), perTensor(output)];
  if (input.dtype === "i16" || output.dtype === "i16") return wide(node, graph);
  const { low, high } = rangeOf(output);
  return preparedTable(node, graph, rangeOf(input).low, (x) => {
    const real = Math.fround(from.scale * (x - from.zeroPoint)); // exact in double: 24 + 9 bits
    const steps = roundHalfAway(Math.fround(real / to.scale));
    return Math.min(Math.max(steps + to.zeroPoint, low), high);
  });
};

/** Between these no real number is subnormal or infinite in float32. */
const [LEAST_SCALE, MOST_SCALE] = [2 ** -126, 2 ** 110];

function wide(node: NodeOf<"DEQUANTIZE_QUANTIZE">, graph: LayeredGraph): Lowering {
  const [input, output] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.output)];
  const [from, to] = [perTensor(input), perTensor(output)];
  const scales = [from.scale, to.scale].map(Math.fround) as [number, number];
  const strange = scales.find((scale) => scale < LEAST_SCALE || scale > MOST_SCALE);
  if (strange !== undefined) {
    fail("MODEL_QUANT", node.name, `a scale of ${strange}`, "from 2^-126 to 2^110");
  }
  const [a, b] = [frexp(scales[0]), frexp(scales[1])];
  const { low, high } = rangeOf(output);
  return {
    ...NOTHING,
    form: "float32 in integers",
    step: [
      {
        file: "layers/through-float",
        entry: `throughFloat<${input.dtype}, ${output.dtype}>`,
        shape: {},
        args: [
          ...[{ input: 0 }, { output: true } as const, elements(output.shape), from.zeroPoint],
          ...[a.f * 2 ** 24, b.f * 2 ** 24, a.e - b.e, to.zeroPoint, low, high],
        ],
      },
    ],
    constants: [],
    inPlace: input.dtype === output.dtype,
  };
}
