/** SOFTMAX over the last axis. */
import { fail } from "../../errors.ts";
import { elements, perTensor } from "../../model/graph.ts";
import { quantizeMultiplier } from "../../model/multiplier.ts";
import { tensorOf } from "../channels.ts";
import { roundingArg } from "../int8-multiplier.ts";
import type { Row } from "../lowering.ts";

/** Σ e, at most depth · 2^19 in Q13.19, must fit 32 bits. */
const MAX_DEPTH = 8191;

export const softmax: Row<"SOFTMAX"> = (node, graph, { rounding }) => {
  const input = tensorOf(graph, node.inputs[0]);
  const { shape } = input;
  const depth = shape.at(-1) ?? 1; // a scalar is one value
  if (depth > MAX_DEPTH) {
    fail("MODEL_SHAPE", node.name, `SOFTMAX over ${depth} values`, `at most ${MAX_DEPTH}`);
  }
  // TFLite: PreprocessSoftmaxScaling, to 5 integer and 26 fraction bits
  const ceiling = rounding === "double" ? 2 ** 31 - 1 : 2 ** 30 - 1;
  const scale = Math.fround(node.beta) * perTensor(input).scale;
  const real = Math.min(scale * 2 ** 26, ceiling);
  if (!(real >= 1)) {
    const got = `beta · scale = ${scale}`;
    fail("MODEL_QUANT", node.name, got, `at least 2^-26`, "Scale the logits up.");
  }
  const { q, exponent } = quantizeMultiplier(real, rounding);
  const diffMin = -Math.floor((31 * 2 ** 26) / 2 ** exponent);
  const rows = elements(shape) / depth;
  return {
    form: "exp in Q6.26",
    init: [],
    step: [
      {
        file: "layers/softmax",
        entry: "softmax",
        shape: {},
        args: [
          { input: 0 },
          { output: true },
          { scratch: true },
          ...[rows, depth, q, exponent, diffMin, roundingArg(rounding)],
        ],
      },
    ],
    constants: [],
    tables: [],
    scratchBytes: 4 * depth,
    macs: 0,
    inPlace: true,
  };
};
