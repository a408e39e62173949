/** Refractory times of every neuron's own: intervals that are known, networks as the oracle steps them, what is refused. */
import { describe, expect, test } from "vitest";
import { plan } from "../../../../host/compiler/index.ts";
import { DEFAULT_OPTIONS } from "../../../../host/compiler/options.ts";
import { mulberry32 } from "../../../../host/model/random.ts";
import type { SpikingGraph } from "../../../../host/model/spiking-graph.ts";
import type { Build } from "../../../../host/module/manifest.ts";
import {
  adaptiveLif,
  cubaLif,
  integrateAndFire,
  lif,
  type Neuron,
  network,
  probability,
  quadraticIf,
  uniform,
} from "../../../../host/network/index.ts";
import { discretise } from "../../../../host/spiking/discretise.ts";
import { quantise } from "../../../../host/spiking/quantise.ts";
import { openSpiking } from "../../../support/spiking.ts";
import { spikingOracle } from "../../../support/spiking-oracle.ts";

const BUILDS: readonly Build[] = ["mvp", "simd"];
const DT = 1e-3;

/** Neurons that fire in every step in which they are not refractory. */
type Rest = NonNullable<Parameters<typeof lif>[0]["refractorySeconds"]>;
const KINDS: Readonly<Record<string, (refractorySeconds: Rest) => Neuron>> = {
  IF: (refractorySeconds) => integrateAndFire({ vThreshold: 1, current: 2, refractorySeconds }),
  LIF: (refractorySeconds) => lif({ tau: 0.01, vThreshold: 1, current: 50, refractorySeconds }),
  AdaptiveLIF: (refractorySeconds) =>
    adaptiveLif({
      ...{ tau: 0.01, vThreshold: 1, current: 50, tauAdapt: 0.1, increment: 0 },
      refractorySeconds,
    }),
  CubaLIF: (refractorySeconds) =>
    cubaLif({
      ...{ tauMem: 0.01, vThreshold: 1, current: 50, refractorySeconds },
      receptors: { syn: { tauSyn: 5e-3 } },
    }),
  QIF: (refractorySeconds) =>
    quadraticIf({ tau: 0.01, vThreshold: 1, vCritical: 0.5, current: 50, refractorySeconds }),
};

function alone(neuron: Neuron, n: number, reset: "zero" | "subtract" = "zero"): SpikingGraph {
  const net = network({ name: "rest", dtSeconds: DT, seed: 3, reset });
  net.output("spikes", net.population("cells", n, neuron));
  return net.graph();
}

/** Steps of rest of each neuron: of every length, 0 included. */
const stepsOf = (n: number): number[] => Array.from({ length: n }, (_, k) => (k * 5) % 9);

for (const build of BUILDS) {
  // 7: vectors and a rest of them; 1030: as many as have a kernel of their own
  for (const [kind, neuron] of Object.entries(KINDS)) {
    for (const n of kind === "CubaLIF" ? [7, 1030] : [7]) {
      test(`${n} ${kind}, ${build}: each rests as long as it is told`, async () => {
        const steps = stepsOf(n);
        const graph = alone(neuron(steps.map((k) => k * DT)), n);
        const { step } = await openSpiking(graph, { build });
        for (let t = 0; t < 30; t++) {
          const expected = steps.map((rest) => Number(t % (rest + 1) === 0));
          expect([...step([])], `step ${t}`).toEqual(expected);
        }
      });
    }
  }

  test(`drawn from a distribution, ${build}: a recurrent network as the oracle steps it`, async () => {
    for (const reset of ["zero", "subtract"] as const) {
      const net = network({ name: "drawn", dtSeconds: DT, seed: 9, reset });
      const input = net.input("in", 6);
      const cells = net.population(
        "cells",
        21,
        lif({ tau: 0.02, vThreshold: 1, refractorySeconds: uniform(0, 6 * DT) }),
      );
      net.project(input, cells, { connect: probability(0.5), weight: 8 });
      net.project(cells, cells, { connect: probability(0.2), weight: uniform(-3, 4) });
      net.output("spikes", cells);
      const graph = net.graph();
      const { step } = await openSpiking(graph, { build });
      const oracle = spikingOracle(quantise(discretise(graph)));
      const random = mulberry32(4);
      for (let t = 0; t < 200; t++) {
        const row = Array.from({ length: 6 }, () => Number(random() < 0.3));
        oracle.step(row);
        expect([...step(row)], `${reset}, step ${t}`).toEqual(oracle.values(1));
      }
      expect(oracle.counters.spikes).toBeGreaterThan(100);
    }
  });
}

describe("refused by name", () => {
  const planned = (neuron: Neuron, n = 3) => plan(alone(neuron, n), DEFAULT_OPTIONS);

  test.each([
    ["a negative one", [0, -1e-3, 0], "refractorySeconds[1] = -0.001"],
    ["no number", [0, 0, Number.NaN], "refractorySeconds[2] = NaN"],
    ["one for two neurons of three", [0, 0], "2 values of refractorySeconds"],
  ])("%s", (_, refractorySeconds, text) => {
    expect(() => planned(KINDS.LIF?.(refractorySeconds) as Neuron)).toThrow(text);
  });

  test("longer than 31 bits of steps, and what a graph that was not built by this program says", () => {
    expect(() => planned(KINDS.LIF?.([0, 0, 2e6]) as Neuron)).toThrow("2000000000 steps");
    const graph = alone(KINDS.LIF?.(0) as Neuron, 3);
    for (const wrong of [Number.NaN, Float64Array.of(0, Number.NaN, 1)]) {
      const nodes = graph.nodes.map((node) =>
        node.kind === "LIF" ? { ...node, refractorySeconds: wrong } : node,
      );
      expect(() => plan({ ...graph, nodes }, DEFAULT_OPTIONS)).toThrow("a refractory time of NaN");
    }
  });
});
