/**
 * The release build inlines all arithmetic into the loops of the SIMD kernels: a call per output position costs V8 as much
 * as the output stage itself.
 */
import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { FLAVOURS } from "../../../host/module/manifest.ts";
import { bundle, randomOperator } from "../../support/random-graph.ts";
import { type Called, loopReport } from "../../support/wasm-loops.ts";

const WEIGHTED = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/**
 * What loops may call: gather(), once per patch, which loops itself, and the eight loads that stage a position whose
 * channels are repeated by a depthwise multiplier.
 */
const stages = ({ times, loops, products, loads }: Called): boolean =>
  products === 0 && ((times === 1 && loops > 1) || loads >= 8);

/** Few callers or many: the inliner's decision depends on how often a function is used. */
for (const kinds of [...WEIGHTED.map((kind) => [kind] as const), WEIGHTED]) {
  for (const flavour of FLAVOURS) {
    test(`${kinds.join(", ")}, ${flavour}: loops call nothing that computes`, async () => {
      const graph = bundle(
        kinds.flatMap((kind) => SEEDS.map((seed) => randomOperator(kind, seed))),
      );
      const options = { ...DEFAULT_OPTIONS, build: "simd", flavour, selfTest: false } as const;
      const report = loopReport((await compile(graph, options)).wasm, "simd");
      expect(report.called.filter((called) => !stages(called))).toEqual([]);
      expect(report.globalReads).toBe(0);
      expect(report.innermostLoops).toBeGreaterThan(kinds.length);
    });
  }
}
