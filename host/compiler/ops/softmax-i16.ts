/** SOFTMAX of int16 over the last axis. */
import { fail } from "../../errors.ts";
import { elements } from "../../model/graph.ts";
import { wideSoftmaxMultiplier } from "../../model/multiplier.ts";
import { softmaxTables } from "../../model/softmax-table.ts";
import { tensorOf } from "../channels.ts";
import { int32Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { Row } from "../lowering.ts";
import { NOTHING } from "./place.ts";

/** Σ e, at most depth · 32767, is an int32. */
const MAX_DEPTH = 65_536;

export const softmaxI16: Row<"SOFTMAX_I16"> = (node, graph, { rounding }) => {
  const input = tensorOf(graph, node.inputs[0]);
  const depth = input.shape.at(-1) ?? 1; // a scalar is one value
  if (depth > MAX_DEPTH) {
    fail("MODEL_SHAPE", node.name, `SOFTMAX over ${depth} values`, `at most ${MAX_DEPTH}`);
  }
  const { q, exponent } = int32Multiplier(wideSoftmaxMultiplier(input, node.beta, rounding));
  const { exp, reciprocal } = softmaxTables(rounding);
  return {
    ...NOTHING,
    form: "two tables of 513 entries of 16 bits",
    step: [
      {
        ...{ file: "layers/softmax-i16", entry: "softmaxI16", shape: {} },
        args: [
          ...[{ input: 0 }, { output: true } as const, { constant: 0 }, { constant: 1 }],
          ...[elements(input.shape) / depth, depth, q, exponent, roundingArg("double")],
        ],
      },
    ],
    constants: [
      { name: "exp", bytes: exp, align: 4 },
      { name: "reciprocal", bytes: reciprocal, align: 4 },
    ],
    inPlace: true,
  };
};
