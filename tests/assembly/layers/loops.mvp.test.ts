/**
 * The release build inlines every function that an inner loop of the MVP kernels calls: a call there would cost V8 more
 * than the arithmetic, and an interpreter several times as much.
 */
import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { bundle, randomOperator } from "../../support/random-graph.ts";
import { loopReport } from "../../support/wasm-loops.ts";

const WEIGHTED = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Few callers or many: the inliner's decision depends on how often a function is used. */
for (const kinds of [...WEIGHTED.map((kind) => [kind] as const), WEIGHTED]) {
  test(`${kinds.join(", ")}: inner loops call nothing`, async () => {
    const graph = bundle(kinds.flatMap((kind) => SEEDS.map((seed) => randomOperator(kind, seed))));
    const options = { ...DEFAULT_OPTIONS, build: "mvp", selfTest: false } as const;
    const { calls, globalReads, innermostLoops } = loopReport(
      (await compile(graph, options)).wasm,
      "mvp",
    );
    expect({ calls, globalReads }).toEqual({ calls: 0, globalReads: 0 });
    expect(innermostLoops).toBeGreaterThan(kinds.length);
  });
}
