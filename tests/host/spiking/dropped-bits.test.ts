/** Products of 16 bits in the fused kernel: where they do, and what the report says of them. */
import { expect, test } from "vitest";
import type { SpikingGraph } from "../../../host/model/spiking-graph.ts";
import { cuba } from "../../../host/network/named/cuba.ts";
import { discretise } from "../../../host/spiking/discretise.ts";
import type { FixedPopulation } from "../../../host/spiking/kinds/index.ts";
import { quantise } from "../../../host/spiking/quantise.ts";
import { cubaLif, layer } from "../../support/one-layer.ts";

const populationOf = (graph: SpikingGraph): FixedPopulation => {
  const [population] = quantise(discretise(graph)).events.flatMap((event) =>
    event.kind === "population" ? [event.population] : [],
  );
  if (!population) throw new Error("no population");
  return population;
};

test("net:cuba: who rests for 50 steps brings little", () => {
  const { events, report } = quantise(discretise(cuba.build("net:cuba", new Map())));
  const [population] = events.flatMap((e) => (e.kind === "population" ? [e.population] : []));
  expect(population).toMatchObject({ fused: true, dropped: { v: 14, receptors: [7, 8] } });
  // κ · 2^(d − 1) of each product, in units of 2^-21 mV, beside half a unit of each
  const [ofV, exc, inh] = [5e-3 * 2 ** 13, 0.02 * 2 ** 6, 0.01 * 2 ** 7].map((x) => x * 2 ** -21);
  const dropped = (ofV ?? 0) + (exc ?? 0) + (inh ?? 0);
  const { roundingPerStep = 0 } = report.populations[0] ?? {};
  expect(roundingPerStep / (dropped + 1.5 * 2 ** -21)).toBeCloseTo(1, 1);
});

test("who rests for 20 steps alone brings too much", () => {
  const graph = cuba.build("net:cuba", new Map());
  const dropped = (refractorySeconds: number) => {
    const nodes = graph.nodes.map((node) =>
      node.kind === "CubaLIF" ? { ...node, refractorySeconds } : node,
    );
    return populationOf({ ...graph, nodes }).dropped;
  };
  expect(dropped(5e-3)).not.toBe(null);
  expect(dropped(2e-3)).toBe(null);
});

test("what a current stays below, and what it may move v by, decide", () => {
  // κ of v is 2^-6, that of the current 2^-4; the most that a unit may be is 2^-22, of which 2^13 are 1/512 of the threshold
  const dropped = (weight: number) => {
    const graph = layer({ cells: cubaLif(1024), weights: [weight] });
    const nodes = graph.nodes.map((node) =>
      node.kind === "Input" ? { ...node, maxCount: 1 } : node,
    );
    const { fractionBits, dropped: found } = populationOf({ ...graph, nodes });
    expect(fractionBits).toBe(22);
    return found;
  };
  // 16 · weight stays below 2^(15 + d) units, less two hundredths; 2^(d − 1) of them are 2^(d + 5) of v
  expect(dropped(2 ** -3 * 0.97)).toEqual({ v: 14, receptors: [8] });
  expect(dropped(2 ** -3)).toBe(null);
});

test("not for a population that takes no single pass", () => {
  expect(populationOf(layer({ cells: cubaLif(1023), weights: [2 ** -8] })).dropped).toBe(null);
});
