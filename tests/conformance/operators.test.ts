/** Random single-operator graphs and short chains against the oracle, on every row of the table. */
import { expect, test } from "vitest";
import type { LayerKind, Tensor } from "../../host/model/graph.ts";
import { isRelaxed } from "../../host/module/relaxed.ts";
import { randomChain, randomOperator } from "../support/random-graph.ts";
import { KINDS } from "../support/random-operators.ts";
import { disagreements } from "./random.ts";
import { ROUNDINGS, TARGETS } from "./targets.ts";

/** Graphs per kind: as many as the operator has forms and corners. */
const COUNT: Partial<Record<LayerKind, number>> = {
  CONV_2D: 40,
  DEPTHWISE_CONV_2D: 40,
  FULLY_CONNECTED: 30,
  CONV_2D_I16: 30,
  DEPTHWISE_CONV_2D_I16: 30,
  FULLY_CONNECTED_I16: 30,
};
const USUAL_COUNT = 12;
const CHAINS = 20;

const seeds = (count: number): number[] => Array.from({ length: count }, (_, seed) => seed);

/** What flavours are of. */
const PRODUCTS = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const;

for (const row of TARGETS) {
  for (const kind of isRelaxed(row.flavour) ? PRODUCTS : KINDS) {
    const graphs = seeds(COUNT[kind] ?? USUAL_COUNT).map((seed) => randomOperator(kind, seed));
    for (const rounding of ROUNDINGS) {
      test(`${graphs.length} × ${kind}, ${row.name}, ${rounding} rounding`, async () => {
        expect(await disagreements(graphs, row, rounding, 1)).toEqual([]);
      });
    }
  }
  test(`${CHAINS} chains, ${row.name}`, async () => {
    expect(await disagreements(seeds(CHAINS).map(randomChain), row, "double", 2)).toEqual([]);
  });
}

test("the comparison can fail: a zero point moved by one is found in every build", async () => {
  const graphs = seeds(4).map((seed) => randomOperator("QUANTIZE", seed));
  const moved = graphs.map((graph) => ({ ...graph, tensors: graph.tensors.map(movedZeroPoint) }));
  for (const row of TARGETS) {
    const found = await disagreements(graphs, row, "double", 1, moved);
    expect(found.length, row.name).toBeGreaterThan(4);
  }
});

function movedZeroPoint(tensor: Tensor): Tensor {
  const { quantization } = tensor;
  const zeroPoints = quantization.zeroPoints.map((z) => (z < 0 ? z + 1 : z - 1));
  return { ...tensor, quantization: { ...quantization, zeroPoints } };
}
