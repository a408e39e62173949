/** Which of several projections is to blame, and units of values for targets that keep what arrives. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import type { NeuronNode, SpikingGraph, SynapseNode } from "../../../host/model/spiking-graph.ts";
import type { EventNode } from "../../../host/spiking/discrete-network.ts";
import { discretise } from "../../../host/spiking/discretise.ts";
import type { Population } from "../../../host/spiking/kinds/index.ts";
import { quantise } from "../../../host/spiking/quantise.ts";
import { cubaLif, DT, layer, li, lif, quantised } from "../../support/one-layer.ts";

/** Two projections from one input onto one population. */
function two(cells: NeuronNode, first: number, second: number): SpikingGraph {
  const one = layer({ cells, weights: [first] });
  const [, synapses] = one.nodes;
  if (synapses?.kind !== "Linear") throw new Error("a Linear");
  const more: SynapseNode = { ...synapses, name: "more", weight: Float64Array.of(second) };
  const edges = [
    { source: 0, target: 4, receptor: 0 },
    { source: 4, target: 2, receptor: 0 },
  ];
  return { ...one, nodes: [...one.nodes, more], edges: [...one.edges, ...edges] };
}

const problemsOf = (graph: SpikingGraph): readonly string[] => {
  try {
    quantised(graph);
    return [];
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.problems.map(({ where, got }) => `${where}: ${got.slice(0, 30)}`);
  }
};

test("sums that do not fit: the projection that brings most is named, wherever it stands", () => {
  const large = 2 ** 14;
  expect(problemsOf(two(lif(), large, 1))).toEqual([
    "projection synapses onto cells: a sum of up to 4.18e+6 in one ",
  ]);
  expect(problemsOf(two(lif(), 1, -large))).toEqual([
    "projection more onto cells: a sum of up to 4.18e+6 in one ",
  ]);
  expect(problemsOf(two(lif(), 2, 1))).toEqual([]);
});

test("a population without a threshold: refused where its unit would be 2^100 or more", () => {
  // 14 bits for the largest weight: its unit is 2^(k − 14)
  expect(problemsOf(layer({ cells: li(), weights: [2 ** 113] }))).toEqual([]);
  expect(problemsOf(layer({ cells: li(), weights: [2 ** 114] }))).toHaveLength(1);
  expect(problemsOf(layer({ cells: li(), weights: [2 ** 130] }))).toHaveLength(1);
});

test("numbers that are too small for any unit: refused, and never a number that is none", () => {
  // of a value output whose time constant makes its weights vanish, and beside a constant that is 0
  for (const tau of [1e290, 1e300, 1e308]) {
    expect(problemsOf(layer({ cells: li(1, { tau }), weights: [1] }))).toEqual([
      "node cells: numbers so small that a unit w",
    ]);
  }
  expect(problemsOf(layer({ cells: li(), weights: [2 ** -885] }))).toEqual([]);
  expect(problemsOf(layer({ cells: li(), weights: [2 ** -890] }))).toHaveLength(1);
});

test("constants of a receptor: each, and what the first step has without the late part", () => {
  const bitsWith = (constant: number, lateConstant: number) => {
    const network = discretise(layer({ cells: lif(), weights: [2 ** -40] }));
    const events = network.events.map((event): EventNode => {
      if (event.kind !== "population") return event;
      const receptors = event.population.receptors.map((r) => ({ ...r, constant, lateConstant }));
      return { ...event, population: { ...event.population, receptors } as Population };
    });
    return quantise({ ...network, events }).report.populations[0]?.fractionBits;
  };
  // 2^28 over the largest
  expect(bitsWith(8, 0)).toBe(25);
  expect(bitsWith(-8, 0)).toBe(25);
  expect(bitsWith(0, 8)).toBe(25);
  expect(bitsWith(8, -8)).toBe(24);
  expect(bitsWith(-8, 8)).toBe(24);
  expect(bitsWith(8, 8)).toBe(25);
  expect(bitsWith(9, 1)).toBe(24);
});

describe("values: 64 times what drives a target to its threshold", () => {
  const unitOf = (cells: NeuronNode, semantics = {}): number => {
    const graph = layer({ cells, weights: [1], semantics: { inputKind: "values", ...semantics } });
    const [input] = quantised(graph).events;
    if (input?.kind !== "input") throw new Error("no input");
    return input.scale;
  };

  test("each input has its own", () => {
    const one = layer({ cells: lif(), weights: [1], semantics: { inputKind: "values" } });
    const [input, synapses] = one.nodes;
    if (input?.kind !== "Input" || synapses?.kind !== "Linear") throw new Error("a Linear");
    const more: SynapseNode = { ...synapses, name: "more", weight: Float64Array.of(1 / 4) };
    const edges = [
      { source: 4, target: 5, receptor: 0 },
      { source: 5, target: 2, receptor: 0 },
    ];
    const { events } = quantised({
      ...{ ...one, nodes: [...one.nodes, { ...input, name: "other" }, more] },
      edges: [...one.edges, ...edges],
    });
    const units = events.flatMap((event) => (event.kind === "input" ? [event.scale] : []));
    expect(units).toEqual([2 ** -15, 2 ** -13]);
  });

  test("at once where nothing leaks", () => {
    const driven = { r: 1, current: 0, vInitial: 0 };
    const fires = { vThreshold: 1, vReset: 0, refractorySeconds: 0 };
    // 64 · 1 over a weight of 1, in 2^15 units
    expect(unitOf({ name: "cells", kind: "IF", shape: [1], ...driven, ...fires })).toBe(2 ** -9);
  });

  test("in the long run where it leaks", () => {
    expect(unitOf(lif())).toBe(2 ** -15);
    // decays within its step: as without a membrane
    expect(unitOf(lif(1, { tau: DT, r: 1 }))).toBe(2 ** -9);
  });

  test("currents that leak, or do not", () => {
    const cells = (tauSyn: number) =>
      cubaLif(1, { tauMem: DT, r: 1, receptors: [{ name: "exc", tauSyn, wIn: tauSyn / DT }] });
    expect(unitOf(cells(DT))).toBe(2 ** -9);
    expect(unitOf(cells(4 * DT))).toBe(2 ** -11);
  });
});

test("a refractory time that its counter holds, and none below 0", () => {
  const of = (steps: number) =>
    problemsOf(layer({ cells: lif(1, { refractorySeconds: steps * DT }), weights: [1] }));
  expect(of(0)).toEqual([]);
  expect(of(2 ** 30)).toEqual([]);
  expect(of(2 ** 30 + 1)).toEqual(["node cells: a refractory time of 107374182"]);
  expect(of(-1)).toEqual(["node cells: a refractory time of -1 steps"]);
});

test("several faults of one node are told in the order in which they were found", () => {
  const cells = lif(1, { tau: DT / 2, refractorySeconds: -DT });
  expect(problemsOf(layer({ cells, weights: [2 ** -8] }))).toEqual([
    "node cells: dt / tau = 2",
    "node cells: a refractory time of -1 steps",
  ]);
});
