/** Thousands of random single-operator graphs and chains against the oracle, on every row of the table. */
import { expect, test } from "vitest";
import type { LayeredGraph } from "../../host/model/graph.ts";
import { randomChain, randomOperator } from "../support/random-graph.ts";
import { KINDS } from "../support/random-operators.ts";
import { disagreements } from "./random.ts";
import { ROUNDINGS, TARGETS } from "./targets.ts";

/** Beyond the seeds of operators.test.ts. */
const FIRST_SEED = 1000;
const SEEDS = 200;
const PER_MODULE = 25;

async function campaign(make: (seed: number) => LayeredGraph): Promise<void> {
  for (let first = FIRST_SEED; first < FIRST_SEED + SEEDS; first += PER_MODULE) {
    const graphs = Array.from({ length: PER_MODULE }, (_, k) => make(first + k));
    for (const row of TARGETS) {
      for (const rounding of ROUNDINGS) {
        expect(await disagreements(graphs, row, rounding, first)).toEqual([]);
      }
    }
  }
}

for (const kind of KINDS) {
  test(`${SEEDS} × ${kind}`, () => campaign((seed) => randomOperator(kind, seed)));
}
test(`${SEEDS} chains`, () => campaign(randomChain));
