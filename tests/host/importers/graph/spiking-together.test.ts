/** What nodes and edges of a spiking graph must be together: each rule on both sides, with what is said. */
import { expect, test } from "vitest";
import type { Problem } from "../../../../host/errors.ts";
import { checkSpiking } from "../../../../host/importers/graph/check-spiking.ts";
import type { SpikingGraph, SpikingNode } from "../../../../host/model/spiking-graph.ts";

type Edge = SpikingGraph["edges"][number];
type Loose = { readonly kind: string; readonly name: string; readonly shape: readonly number[] };

const edge = (source: number, target: number, receptor = 0): Edge => ({ source, target, receptor });

/** @returns what is wrong: the place, what it got and what it expected */
function said(nodes: readonly Loose[], edges: readonly Edge[]): readonly string[] {
  const problems: Problem[] = [];
  checkSpiking(
    {
      ...{ kind: "spiking", source: { name: "g", format: "net", sha256: "" }, labels: null, edges },
      nodes: nodes as unknown as readonly SpikingNode[],
      semantics: {
        ...{ dtSeconds: 1e-3, timeUnit: "s", discretisation: "exact", reset: "zero" },
        ...{ inputKind: "spikes", assumptions: [] },
      },
    },
    problems,
  );
  return problems.map(({ where, got, expected }) => `${where}: ${got}, ${expected}`);
}

const input = (n = 2) => ({ kind: "Input", name: "in", shape: [n] });
const output = (n = 2) => ({ kind: "Output", name: "out", shape: [n] });
const flat = (name: string, n = 2) => ({ kind: "Flatten", name, shape: [n] });

/** Input → node → Output. */
const through = (node: Omit<Loose, "name" | "shape">, inputs = 2, outputs = 2) =>
  said(
    [input(inputs), { name: "n", shape: [outputs], ...node }, output(outputs)],
    [edge(0, 1), edge(1, 2)],
  );

test("names: one for each, and of its own", () => {
  const named = (...names: readonly string[]) =>
    said(
      [input(), ...names.map((name) => flat(name)), output()],
      [
        ...names.map((_, k) => edge(0, k + 1)),
        ...names.map((_, k) => edge(k + 1, names.length + 1)),
      ],
    );
  expect(named("a", "b")).toEqual([]);
  expect(named("a", "b", "a")).toEqual(["node a: two nodes of this name, a name of its own"]);
  expect(named("")).toEqual(["graph: a node without a name, a name for each"]);
  expect(named("", "")).toHaveLength(2);
});

test("edges: between nodes that are there, from Inputs to Outputs, as wide as both", () => {
  const graph = (...more: readonly Edge[]) =>
    said([input(), flat("a"), output()], [edge(0, 1), edge(1, 2), ...more]);
  expect(graph()).toEqual([]);
  expect(graph(edge(0, 2))).toEqual([]);
  expect(graph(edge(3, 1))).toEqual(["edge 2: node 3, one of 3 nodes"]);
  expect(graph(edge(1, 3))).toEqual(["edge 2: node 3, one of 3 nodes"]);
  const order = "an edge out of an Output or into an Input, edges from Inputs to Outputs";
  expect(graph(edge(2, 1))).toEqual([`edge out → a: ${order}`]);
  expect(graph(edge(1, 0))).toEqual([`edge a → in: ${order}`]);
  expect(graph(edge(1, 1))).toEqual([]);
  expect(through(flat("n", 3), 2, 3)).toEqual(["edge in → n: 2 elements, 3 elements for Flatten"]);
  expect(through(flat("n"), 2, 3)).toEqual(["edge n → out: 2 elements, 3 elements for Output"]);
});

test("receptors: as many as there are, each with a name of its own", () => {
  for (const kind of ["CubaLI", "CubaLIF"]) {
    const graph = (names: readonly string[], receptor: number) => {
      const receptors = names.map((name) => ({ name, tauSyn: 1, wIn: 1 }));
      const cells = { kind, name: "cells", shape: [2], receptors };
      return said([input(), cells, output()], [edge(0, 1, receptor), edge(1, 2)]);
    };
    expect(graph(["a"], 0)).toEqual([]);
    expect(graph(["a"], 1)).toEqual(["edge in → cells: receptor 1, 0 … 0"]);
    expect(graph(["a", "b", "c"], 2)).toEqual([]);
    expect(graph(["a", "b", "c"], 3)).toEqual(["edge in → cells: receptor 3, 0 … 2"]);
    expect(graph(["a", "b", "a"], 0)).toEqual([
      `node cells (${kind}): receptors a,b,a, names of their own`,
    ]);
  }
  expect(said([input(), flat("a"), output()], [edge(0, 1, 1), edge(1, 2)])).toEqual([
    "edge in → a: receptor 1, 0 … 0",
  ]);
});

test("what nobody feeds: a neuron may live alone, a synapse or an output may not", () => {
  const lif = { kind: "LIF", name: "cells", shape: [2] };
  expect(said([lif, output()], [edge(0, 1)])).toEqual([]);
  expect(said([flat("a"), output()], [edge(0, 1)])).toEqual([
    "node a (Flatten): no edge into it, at least one",
  ]);
  expect(said([input(), output()], [])).toEqual([
    "node out (Output): no edge into it, at least one",
  ]);
  expect(said([input(), lif], [edge(0, 1)])).toEqual(["graph: no Output node, at least one"]);
});

test("rows of a sparse projection begin at 0, do not run backwards, and end at elements", () => {
  const sparse = (rowStart: readonly number[], post: readonly number[]) =>
    through({
      ...{ kind: "Sparse", inputSize: 2, weight: 1, delaySteps: 0 },
      ...{ rowStart: Uint32Array.from(rowStart), post: Uint32Array.from(post) },
    });
  expect(sparse([0, 1, 2], [0, 1])).toEqual([]);
  expect(sparse([0, 0, 2], [1, 1])).toEqual([]);
  expect(sparse([0, 0, 0], [])).toEqual([]);
  expect(sparse([1, 1, 2], [0, 1])).toEqual(["node n (Sparse): rowStart[0] = 1, 0"]);
  expect(sparse([0, 2, 1], [0, 1])).toEqual(["node n (Sparse): rowStart[2] = 1, at least 2"]);
  // of rows that make no sense it is not asked where their synapses end
  expect(sparse([0, 2, 1], [0, 9])).toEqual(["node n (Sparse): rowStart[2] = 1, at least 2"]);
  expect(sparse([0, 1, 2], [0, 2])).toEqual(["node n (Sparse): post[1] = 2, 0 … 1"]);
  expect(sparse([0, 1, 2], [2, 2])).toEqual(["node n (Sparse): post[0] = 2, 0 … 1"]);
});

test("groups divide the channels of both sides", () => {
  const conv = (groups: number, inputs: number, outputs: number) =>
    said(
      [
        { kind: "Input", name: "in", shape: [inputs, 1, 1] },
        {
          ...{ kind: "Conv2d", name: "n", shape: [outputs, 1, 1], inputShape: [inputs, 1, 1] },
          ...{ kernel: [1, 1], stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups },
        } as Loose,
        { kind: "Output", name: "out", shape: [outputs, 1, 1] },
      ],
      [edge(0, 1), edge(1, 2)],
    );
  for (const [groups, inputs, outputs] of [
    [1, 3, 5],
    [2, 4, 6],
    [3, 3, 3],
  ] as const) {
    expect(conv(groups, inputs, outputs)).toEqual([]);
  }
  for (const [groups, inputs, outputs] of [
    [2, 3, 4],
    [2, 4, 3],
    [4, 2, 4],
    [4, 4, 2],
  ] as const) {
    expect(conv(groups, inputs, outputs)).toEqual([
      `node n (Conv2d): ${groups} groups of ${inputs} and ${outputs} channels, whole groups`,
    ]);
  }
});

test("100 problems are told, and no more", () => {
  const many = (n: number) =>
    said([input(), output()], [edge(0, 1), ...Array.from({ length: n }, () => edge(7, 1))]);
  expect(many(99)).toHaveLength(99);
  expect(many(100)).toHaveLength(100);
  expect(many(101)).toHaveLength(100);
});
