/** Edges of graphs with every kind of synapse node, against the definition of each. */
import { expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import type { SpikingGraph, SpikingNode } from "../../../host/model/spiking-graph.ts";
import { lif, list, network } from "../../../host/network/index.ts";
import { synapses, synapsesCsv } from "../../../host/spiking/edges.ts";

/** Nodes in a row, each feeding the next. */
function chain(...nodes: readonly SpikingNode[]): SpikingGraph {
  return {
    kind: "spiking",
    source: { name: "chain", format: "graph", sha256: "" },
    semantics: {
      dtSeconds: 1e-3,
      timeUnit: "s",
      discretisation: "norse",
      reset: "zero",
      inputKind: "spikes",
      assumptions: [],
    },
    nodes,
    edges: nodes.slice(1).map((_, k) => ({ source: k, target: k + 1, receptor: 0 })),
    labels: null,
  };
}

const input = (...shape: number[]): SpikingNode => ({ name: "in", kind: "Input", shape });
const cells = (...shape: number[]): SpikingNode => ({
  name: "cells",
  kind: "Threshold",
  threshold: 1,
  shape,
});
const rows = (graph: SpikingGraph) =>
  [...synapses(graph)].map((e) => [e.pre, e.post, e.weight, e.delaySteps]);

test("linear, scaled, delayed: one edge with the product, from the input to the neuron", () => {
  const graph = chain(
    input(2),
    { name: "late", kind: "Delay", shape: [2], delaySeconds: Float64Array.of(0.003, 0.3) },
    { name: "w", kind: "Linear", shape: [2], inputSize: 2, weight: Float64Array.of(1, 2, 3, 4) },
    { name: "s", kind: "Scale", shape: [2], scale: Float64Array.of(10, 100) },
    cells(2),
  );
  expect(rows(graph)).toEqual([
    [0, 2, 10, 3],
    [0, 3, 300, 3],
    [1, 2, 20, 300],
    [1, 3, 400, 300],
  ]);
});

test("a convolution: one edge for each tap inside the image", () => {
  const graph = chain(
    input(1, 1, 3),
    {
      name: "c",
      kind: "Conv2d",
      shape: [1, 1, 3],
      inputShape: [1, 1, 3],
      weight: Float64Array.of(1, 2, 3),
      kernel: [1, 3],
      stride: [1, 1],
      padding: [0, 1],
      dilation: [1, 1],
      groups: 1,
      bias: null,
    },
    cells(1, 1, 3),
  );
  const sorted = rows(graph).sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
  expect(sorted).toEqual([
    [0, 3, 2, 0],
    [0, 4, 1, 0],
    [1, 3, 3, 0],
    [1, 4, 2, 0],
    [1, 5, 1, 0],
    [2, 4, 3, 0],
    [2, 5, 2, 0],
  ]);
});

test("a mean over pixels: every pixel with its share", () => {
  const graph = chain(
    input(1, 2, 2),
    {
      name: "pool",
      kind: "AvgPool2d",
      shape: [1, 1, 1],
      inputShape: [1, 2, 2],
      kernel: [2, 2],
      stride: [2, 2],
      padding: [0, 0],
    },
    { name: "flat", kind: "Flatten", shape: [1] },
    { name: "w", kind: "Linear", shape: [1], inputSize: 1, weight: Float64Array.of(8) },
    cells(1),
  );
  expect(rows(graph)).toEqual([0, 1, 2, 3].map((k) => [k, 4, 2, 0]));
});

test("csv: a line for each synapse, weights that read back, blocks of bounded size", () => {
  const n = 5000;
  const net = network({ name: "lines" });
  const all = net.population("all", n, lif({ tau: 0.02, vThreshold: 1 }));
  const pre = Array.from({ length: n }, (_, k) => k);
  const weight = pre.map((k) => 0.1 + k / 3);
  net.project(all, all, { connect: list(pre, pre.toReversed()), weight, delay: 2e-4 });
  net.output("spikes", all);
  const blocks = [...synapsesCsv(net.graph())];
  expect(blocks.length).toBeGreaterThan(1);
  expect(Math.max(...blocks.map(({ length }) => length))).toBeLessThan(66_000);
  const text = blocks.join("");
  expect(text.endsWith("\n")).toBe(true);
  expect(text.trimEnd().split("\n")).toEqual(pre.map((k) => `${k},${n - 1 - k},${weight[k]},2`));
});

test("no synapses, no lines", () => {
  expect([...synapsesCsv(chain(input(2)))]).toEqual([]);
});

test("a loop without a neuron is refused as everywhere", () => {
  const linear = (name: string): SpikingNode => ({
    name,
    kind: "Linear",
    shape: [1],
    inputSize: 1,
    weight: Float64Array.of(1),
  });
  const graph = chain(linear("a"), linear("b"), cells(1));
  const looped = { ...graph, edges: [...graph.edges, { source: 1, target: 0, receptor: 0 }] };
  expect(() => rows(looped)).toThrow(TwentyWattError);
});
