/** The release build inlines every function that an inner loop of the spiking kernels calls. */
import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../../host/compiler/index.ts";
import { largePopulation, randomSpiking } from "../../../support/random-spiking.ts";
import { loopReport } from "../../../support/wasm-loops.ts";

for (const build of ["mvp", "simd"] as const) {
  test(`every kind, ${build}: inner loops call nothing`, async () => {
    for (const graph of [largePopulation(2), randomSpiking(1)]) {
      const { wasm } = await compile(graph, { ...DEFAULT_OPTIONS, build, selfTest: false });
      const { calls, globalReads, innermostLoops } = loopReport(wasm, build);
      expect({ calls, globalReads }).toEqual({ calls: 0, globalReads: 0 });
      expect(innermostLoops).toBeGreaterThan(3);
    }
  });
}
