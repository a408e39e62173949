/** What TIMING.md says, step by step, on both builds. Expected steps are counted by hand. */
import { expect, test } from "vitest";
import { graphJson, importModel } from "../../../host/importers/index.ts";
import type { Build } from "../../../host/module/manifest.ts";
import { integrateAndFire, network, oneToOne, threshold } from "../../../host/network/index.ts";
import { openSpiking } from "../../support/spiking.ts";

const DT = 1e-3;

for (const build of ["mvp", "simd"] satisfies Build[]) {
  test(`k steps to the threshold and r of rest: a spike every k + r steps, ${build}`, async () => {
    for (const [k, r] of [
      [1, 0],
      [1, 3],
      [4, 0],
      [4, 1],
      [7, 20],
    ] as const) {
      const net = network({ name: "drive", dtSeconds: DT });
      // k - 0.5 units below the threshold after k - 1 steps of one unit, above it after k
      const neuron = integrateAndFire({
        ...{ vThreshold: k - 0.5, current: 1, refractorySeconds: r * DT },
      });
      net.output("spikes", net.population("cell", 1, neuron));
      const { step } = await openSpiking(net.graph(), { build });
      const fired = Array.from({ length: 150 }, (_, t) => t).filter(() => step([])[0] === 1);
      expect(fired).toEqual(Array.from({ length: fired.length }, (_, n) => k - 1 + n * (k + r)));
    }
  });

  test(`as Brian2 counts, the spike's own step is the first of rest: k + r - 1 steps, ${build}`, async () => {
    for (const [k, r] of [
      [1, 0],
      [1, 1],
      [4, 1],
      [7, 20],
    ] as const) {
      const net = network({ name: "drive", dtSeconds: DT, refractory: "with-spike" });
      const neuron = integrateAndFire({
        ...{ vThreshold: k - 0.5, current: 1, refractorySeconds: r * DT },
      });
      net.output("spikes", net.population("cell", 1, neuron));
      const graph = net.graph();
      const { step } = await openSpiking(graph, { build });
      const fired = Array.from({ length: 150 }, (_, t) => t).filter(() => step([])[0] === 1);
      const interval = k + Math.max(0, r - 1);
      expect(fired).toEqual(Array.from({ length: fired.length }, (_, n) => k - 1 + n * interval));
      expect(fired.length).toBeGreaterThan(3);
      const read = await importModel(new TextEncoder().encode(graphJson(graph)), "drive.json");
      expect(read).toMatchObject({ semantics: { refractory: "with-spike" } });
    }
  });

  test(`forward in its step, in a cycle one later, with a delay of d steps d later, ${build}`, async () => {
    const relay = threshold({ threshold: 0.5 });
    const net = network({ name: "ways", dtSeconds: DT });
    const input = net.input("in", 1);
    const [first, second, late, loop] = ["first", "second", "late", "loop"].map((name) =>
      net.population(name, 1, relay),
    );
    if (!first || !second || !late || !loop) throw new Error("no populations");
    const one = { connect: oneToOne(), weight: 1 };
    net.project(input, first, one);
    net.project(first, second, one);
    net.project(first, late, { ...one, delay: 5 * DT });
    net.project(first, loop, one);
    net.project(loop, loop, one);
    for (const group of [first, second, late, loop]) net.output(`${group.name}.out`, group);
    const { step } = await openSpiking(net.graph(), { build });
    const rows = Array.from({ length: 9 }, (_, t) => [...step([t === 2 ? 1 : 0])]);
    const stepsOf = (k: number) => rows.flatMap((row, t) => (row[k] === 1 ? [t] : []));
    expect(stepsOf(0)).toEqual([2]);
    expect(stepsOf(1)).toEqual([2]);
    expect(stepsOf(2)).toEqual([7]);
    expect(stepsOf(3)).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });
}
