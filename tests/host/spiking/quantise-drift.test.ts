/**
 * Integrators: fraction bits where the potential may drift without end, by hand. 22 bits for the threshold where a spike
 * brings it back; where something can push it down, or a spike takes only the threshold off, 16 for the threshold and 16
 * for a constant; 14 for the largest weight in any case.
 */
import { describe, expect, test } from "vitest";
import type { NeuronNode, SpikingGraph, SynapseNode } from "../../../host/model/spiking-graph.ts";
import type { EventNode } from "../../../host/spiking/discrete-network.ts";
import { discretise } from "../../../host/spiking/discretise.ts";
import type { Population } from "../../../host/spiking/kinds/index.ts";
import { quantise } from "../../../host/spiking/quantise.ts";
import { bitsOf, cubaLif, layer, li, lif, quantised, receptor } from "../../support/one-layer.ts";

type If = Extract<NeuronNode, { kind: "IF" }>;

const integrator = (changes: Partial<If> = {}): If => ({
  ...{ name: "cells", kind: "IF", shape: [1], r: 1, current: 0, vInitial: 0 },
  ...{ vThreshold: 1, vReset: 0, refractorySeconds: 0, ...changes },
});

const bits = (
  weight: number,
  changes: Partial<If> = {},
  semantics: Partial<SpikingGraph["semantics"]> = {},
) => bitsOf(layer({ cells: integrator(changes), weights: [weight], semantics }));

test("what pushes it down", () => {
  expect(bits(1 / 8)).toBe(22);
  expect(bits(-1 / 8)).toBe(17);
  expect(bits(1 / 8, { current: 1 / 8 })).toBe(22);
  expect(bits(1 / 8, { current: -1 / 8 })).toBe(19);
  expect(bits(1 / 8, {}, { reset: "subtract" })).toBe(17);
  expect(bits(1 / 8, { current: 1 / 8 }, { reset: "subtract" })).toBe(19);
  expect(bits(1 / 8, { current: -2 })).toBe(17);
});

test("the largest of what needs bits", () => {
  // weight, threshold, constant
  expect(bits(-1 / 2)).toBe(16);
  expect(bits(-1, { vThreshold: 1 })).toBe(16);
  expect(bits(-1, { vThreshold: 1 / 8 })).toBe(19);
  expect(bits(-1, { vThreshold: 4 })).toBe(14);
  expect(bits(-1, { vThreshold: 4, current: -1 / 4 })).toBe(18);
  expect(bits(-1, { vThreshold: 4, current: -8 })).toBe(14);
});

/** Input → Linear → cells, and from the same input to another population. */
function besides(weight: number, other: number, cells: NeuronNode): SpikingGraph {
  const one = layer({ cells: integrator(), weights: [weight] });
  const [, synapses, , out] = one.nodes;
  if (synapses?.kind !== "Linear" || out?.kind !== "Output") throw new Error("a Linear");
  const more: SynapseNode = { ...synapses, name: "more", weight: Float64Array.of(other) };
  const edge = (source: number, target: number) => ({ source, target, receptor: 0 });
  return {
    ...one,
    nodes: [...one.nodes, more, { ...cells, name: "others" }, { ...out, name: "other" }],
    edges: [...one.edges, edge(0, 4), edge(4, 5), edge(5, 6)],
  };
}

const named = (name: string, graph: SpikingGraph) =>
  quantised(graph).report.populations.find((p) => p.name === name)?.fractionBits;

test("what pushes another population down is nothing to it", () => {
  expect(named("cells", besides(1 / 8, -1 / 8, lif()))).toBe(22);
  expect(named("cells", besides(1 / 8, -1 / 8, integrator()))).toBe(22);
  expect(named("others", besides(1 / 8, -1 / 8, integrator()))).toBe(17);
  // nor is what the other one wishes for its weights
  expect(named("cells", besides(1 / 8, 2 ** -11, integrator()))).toBe(22);
  expect(named("others", besides(1 / 8, 2 ** -11, integrator()))).toBe(25);
  // nor do sums onto it take bits away
  expect(named("cells", besides(1 / 8, 2 ** 10, lif()))).toBe(22);
  expect(named("others", besides(1 / 8, 2 ** 10, lif()))).toBe(11);
});

test("values can be negative, whatever their weights", () => {
  // up to 64 thresholds in one step: 14 bits for that are 8, 16 for the threshold more
  expect(bits(1 / 8, {}, { inputKind: "values" })).toBe(16);
});

/** The same network with other constants in its receptors. */
function withReceptors(cells: NeuronNode, changes: object, weight = 0) {
  const network = discretise(layer({ cells, weights: [weight] }));
  const events = network.events.map((event): EventNode => {
    if (event.kind !== "population") return event;
    const receptors = event.population.receptors.map((r) => ({ ...r, ...changes }));
    return { ...event, population: { ...event.population, receptors } as Population };
  });
  return quantise({ ...network, events });
}

test("a receptor's constant pushes down too", () => {
  const of = (constant: number) =>
    withReceptors(integrator(), { constant }, 1 / 8).report.populations[0]?.fractionBits;
  expect([of(1 / 8), of(-1 / 8)]).toEqual([22, 17]);
});

describe("no more bits than gain something", () => {
  const leaky = (weight: number, vThreshold: number) =>
    bitsOf(layer({ cells: lif(1, { vThreshold }), weights: [weight] }));

  test("26 for the largest parameter, rounded down", () => {
    // |v| stays below 2^14 · w: 2^29 over that would be one bit more
    expect(leaky(2 ** -9, 5)).toBe(23);
    expect(leaky(2 ** -9, 4)).toBe(24);
    expect(leaky(2 ** -9, 3)).toBe(24);
    expect(leaky(2 ** -8, 9)).toBe(22);
  });

  test("without any parameter: 14 for the weight, however small", () => {
    for (const power of [2, 10, 20, 40]) {
      expect(bitsOf(layer({ cells: li(), weights: [2 ** -power] }))).toBe(14 + power);
    }
  });
});

describe("bounds of currents, to the unit", () => {
  const LIMIT = 2 ** 29 - 1;
  // κ = 2^−4, and 22 bits for a threshold of 1: c / κ is what s stays below
  const bounded = (units: number) => {
    const found = withReceptors(cubaLif(), { constant: units * 2 ** -4 * 2 ** -22 });
    const [, event] = found.events;
    if (event?.kind !== "population") throw new Error("no population");
    expect(event.population.fractionBits).toBe(22);
    return event.population.receptors.map((r) => r.bounded);
  };

  test("below the limit, and at it", () => {
    expect([bounded(LIMIT - 1), bounded(LIMIT)]).toEqual([[true], [false]]);
  });

  test("the potential may reach its limit, and no unit more", () => {
    // a receptor without memory: c / κ with κ = 2^−6
    const proven = (units: number) => {
      const { report } = withReceptors(lif(), { constant: units * 2 ** -6 * 2 ** -22 });
      expect(report.populations[0]?.fractionBits).toBe(22);
      return report.populations[0]?.neverSaturates;
    };
    expect([proven(LIMIT), proven(LIMIT + 1)]).toEqual([true, false]);
  });
});

describe("delays count for the receptor and the population that they lead to", () => {
  const delayed = (name: string, steps: number): SynapseNode => ({
    ...{ name, kind: "Sparse", shape: [1], inputSize: 1, weight: 1 / 8 },
    ...{
      rowStart: Uint32Array.of(0, 1),
      post: Uint32Array.of(0),
      delaySteps: Uint8Array.of(steps),
    },
  });

  test("two receptors, two populations", () => {
    const cells = cubaLif(1, { receptors: [receptor("exc"), receptor("inh")] });
    const one = layer({ cells, weights: [1], between: delayed("a", 3) });
    const [, , , out] = one.nodes;
    if (out?.kind !== "Output") throw new Error("an Output");
    const edge = (source: number, target: number, receptor = 0) => ({ source, target, receptor });
    const graph: SpikingGraph = {
      ...one,
      nodes: [
        ...one.nodes,
        ...[delayed("b", 7), delayed("c", 11), { ...cells, name: "others" }],
        { ...out, name: "other" },
      ],
      edges: [...one.edges, ...[edge(0, 4), edge(4, 2, 1), edge(0, 5), edge(5, 6, 1), edge(6, 7)]],
    };
    const slots = quantised(graph).events.flatMap((event) =>
      event.kind === "population"
        ? [[event.name, ...event.population.receptors.map((r) => r.slots)]]
        : [],
    );
    expect(slots.sort()).toEqual([
      ["cells", 4, 8],
      ["others", 1, 12],
    ]);
  });
});

test("values onto currents that never decay: as if they lasted a step", () => {
  const network = discretise(
    layer({
      cells: cubaLif(1, { tauMem: 2 ** -10, r: 1 }),
      weights: [1],
      semantics: { inputKind: "values" },
    }),
  );
  const unit = (kappa: number) => {
    const events = network.events.map((event): EventNode => {
      if (event.kind !== "population") return event;
      const receptors = event.population.receptors.map((r) => ({ ...r, kappa }));
      return { ...event, population: { ...event.population, receptors } as Population };
    });
    const [input] = quantise({ ...network, events }).events;
    return input?.kind === "input" ? input.scale : null;
  };
  expect(unit(0)).toBe(unit(1));
  expect(unit(1 / 2)).toBe((unit(1) ?? 0) / 2);
});

test("weights of spikes are never finer than the units of their target", () => {
  const one = layer({ cells: lif(), weights: [2 ** 13] });
  const [, synapses] = one.nodes;
  if (synapses?.kind !== "Linear") throw new Error("a Linear");
  const more: SynapseNode = { ...synapses, name: "more", weight: Float64Array.of(1) };
  const edge = (source: number, target: number) => ({ source, target, receptor: 0 });
  const graph = {
    ...one,
    nodes: [...one.nodes, more],
    edges: [...one.edges, edge(0, 4), edge(4, 2)],
  };
  const { projections, report } = quantised(graph);
  // 255 · 8193 · 2^bits below 2^30
  expect(report.populations[0]?.fractionBits).toBe(8);
  expect(report.projections.map(({ exponent }) => exponent)).toEqual([7, 0]);
  const stored = projections.map((p) => (p.rule === null ? [...p.matrix.weight] : []));
  expect(stored).toEqual([[2 ** 14], [256]]);
});
