/** A projection whose small weights would be lost beside its large ones: how its parts are named, scaled and counted. */
import { expect, test } from "vitest";
import type { SpikingGraph, SynapseNode } from "../../../host/model/spiking-graph.ts";
import { DT, layer, lif, quantised } from "../../support/one-layer.ts";

// a refractory time keeps them out of the 16-bit format
const cells = () => lif(1, { refractorySeconds: 2 * DT });

const partsOf = (graph: SpikingGraph) => {
  const { projections, report } = quantised(graph, "i8");
  return projections.map((p, k) => {
    if (p.rule !== null) throw new Error("it learns");
    const { name, exponent, synapses, matrix } = p;
    const said = report.projections[k];
    expect(said).toMatchObject({ name, projection: "synapses", exponent, from: "in", to: "cells" });
    return { name, exponent, synapses, weight: [...matrix.weight], lost: said?.roundToZero };
  });
};

test("three sizes: the largest, .small and .small2", () => {
  // 2^21, 2^12 and 2^3 units, of which 8 bits hold 64 at most of a power of two: the next would be an eighth of one
  expect(partsOf(layer({ cells: cells(), weights: [1, 2 ** -9, 2 ** -18] }))).toEqual([
    { name: "synapses", exponent: 15, synapses: 1, weight: [64], lost: 0 },
    { name: "synapses.small", exponent: 6, synapses: 1, weight: [64], lost: 0 },
    { name: "synapses.small2", exponent: 0, synapses: 1, weight: [8], lost: 0 },
  ]);
});

test("two sizes", () => {
  const found = partsOf(layer({ cells: cells(), weights: [1, 1 / 2, 2 ** -14] }));
  expect(found.map(({ name, synapses }) => [name, synapses])).toEqual([
    ["synapses", 2],
    ["synapses.small", 1],
  ]);
});

test("one size: all its synapses, which a convolution has more of than weights", () => {
  expect(partsOf(layer({ cells: cells(), weights: [1, 1 / 2] }))).toEqual([
    { name: "synapses", exponent: 15, synapses: 2, weight: [64, 32], lost: 0 },
  ]);
  const between: SynapseNode = {
    ...{ name: "synapses", kind: "Conv1d", shape: [1, 3], inputShape: [1, 1, 4], kernel: [1, 2] },
    ...{ stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1, bias: null },
    weight: Float64Array.of(1, 1 / 2),
  };
  const one = layer({ cells: { ...cells(), shape: [3] }, weights: [0, 0, 0, 0], between });
  const nodes = one.nodes.map((node) =>
    node.kind === "Input"
      ? { ...node, shape: [1, 4] }
      : node.kind === "LIF"
        ? { ...node, shape: [1, 3] }
        : node,
  );
  const [found] = partsOf({ ...one, nodes });
  expect(found).toMatchObject({ synapses: 6, weight: [64, 32] });
});
