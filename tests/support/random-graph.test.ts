/** The random graphs are defined by the standard, the same on every run, and meet the corners they claim to meet. */
import { expect, test } from "vitest";
import { int32Data, type LayeredGraph } from "../../host/model/graph.ts";
import { toMultiplier } from "./oracle/fixed-point.ts";
import { interpret } from "./oracle/index.ts";
import { inputBytes, interestingInputs, randomChain, randomOperator } from "./random-graph.ts";
import { KINDS } from "./random-operators.ts";

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

function interpretsEverywhere(graph: LayeredGraph, seed: number): void {
  for (const input of interestingInputs(inputBytes(graph), seed)) {
    for (const rounding of ["double", "single"] as const) interpret(graph, input, rounding);
  }
}

test("no random operator and no chain leaves what the standard defines", () => {
  for (const seed of SEEDS) {
    for (const kind of KINDS) interpretsEverywhere(randomOperator(kind, seed), seed);
    interpretsEverywhere(randomChain(seed), seed);
  }
});

test("a seed gives one graph", () => {
  expect(randomOperator("CONV_2D", 7)).toEqual(randomOperator("CONV_2D", 7));
  expect(randomOperator("CONV_2D", 7)).not.toEqual(randomOperator("CONV_2D", 8));
});

test("convolutions meet the corners of their multipliers and biases", () => {
  const exponents = new Map<number, number>();
  const corners = { zeroMultipliers: 0, aboveOne: 0, hugeBiases: 0, dilated: 0, oddPadding: 0 };
  for (let seed = 0; seed < 300; seed++) {
    const { tensors, nodes } = randomOperator("CONV_2D", seed);
    const [node] = nodes;
    if (node?.kind !== "CONV_2D") throw new Error("another operator");
    const [input, weights, bias] = node.inputs.map((t) => tensors[t]);
    const output = tensors[node.output];
    if (!input || !weights || !bias || !output) throw new Error("no tensors");
    const [from = 1] = input.quantization.scales;
    const [to = 1] = output.quantization.scales;
    for (const scale of weights.quantization.scales) {
      const { q, exponent } = toMultiplier((from * scale) / to, "double");
      if (q === 0) corners.zeroMultipliers++;
      else exponents.set(exponent, (exponents.get(exponent) ?? 0) + 1);
      if (exponent > 0) corners.aboveOne++;
    }
    corners.hugeBiases += int32Data(bias).filter((b) => Math.abs(b) > 2 ** 29).length;
    const { dilationH, padding } = node.window;
    if (dilationH > 1) corners.dilated++;
    if (padding.bottom > padding.top || padding.right > padding.left) corners.oddPadding++;
  }
  for (let exponent = -31; exponent <= 3; exponent++) {
    expect(exponents.get(exponent) ?? 0, `exponent ${exponent}`).toBeGreaterThan(0);
  }
  for (const [name, count] of Object.entries(corners)) {
    expect(count, name).toBeGreaterThan(20);
  }
});
