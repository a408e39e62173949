/** Several hundred random convolutions and fully connected layers with SIMD against the oracle. */
import { expect, test } from "vitest";
import { ALL_VARIANTS, BOTH_ROUNDINGS, compareLowered } from "../../support/lowered-check.ts";
import { inputBytes, interestingInputs, randomOperator } from "../../support/random-graph.ts";

const GRAPHS = 300;

for (const kind of ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const) {
  test(`${GRAPHS} random × ${kind}`, async () => {
    const cases = Array.from({ length: GRAPHS }, (_, k) => {
      const graph = randomOperator(kind, 30_000 + k);
      return { graph, inputs: interestingInputs(inputBytes(graph), k) };
    });
    const variants = kind === "DEPTHWISE_CONV_2D" ? BOTH_ROUNDINGS : ALL_VARIANTS;
    expect((await compareLowered(cases, variants)).wrong).toEqual([]);
  });
}
