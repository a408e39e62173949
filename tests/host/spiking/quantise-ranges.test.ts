/** What reaches what: populations behind populations, values that feed on themselves, and several that do not fit. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import type {
  NeuronNode,
  SpikingGraph,
  SpikingNode,
  SynapseNode,
} from "../../../host/model/spiking-graph.ts";
import { DT, layer, li, lif, quantised } from "../../support/one-layer.ts";

const linear = (name: string, inputs: number, weight: number): SynapseNode => ({
  ...{ name, kind: "Linear", shape: [1], inputSize: inputs },
  weight: new Float64Array(inputs).fill(weight),
});

/** A graph of nodes in this order, whose edges go along each of the ways. */
function graphOf(nodes: readonly SpikingNode[], ...ways: readonly string[][]): SpikingGraph {
  const place = (name: string) => nodes.findIndex((node) => node.name === name);
  const edges = ways.flatMap((way) =>
    way.slice(1).map((name, k) => ({
      ...{ source: place(way[k] ?? ""), target: place(name), receptor: 0 },
    })),
  );
  return { ...layer({ cells: lif(), weights: [1] }), nodes, edges };
}

const input = (n: number): SpikingNode => ({ name: "in", kind: "Input", shape: [n] });
const OUT: SpikingNode = { name: "out", kind: "Output", shape: [1] };
const named = (cells: NeuronNode, name: string): NeuronNode => ({ ...cells, name });

const bitsOf = (graph: SpikingGraph) =>
  Object.fromEntries(
    quantised(graph).report.populations.map(({ name, fractionBits }) => [name, fractionBits]),
  );

/** The first problem of each population that has one. */
function problemsOf(graph: SpikingGraph): readonly string[] {
  try {
    quantised(graph);
    return [];
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.problems.map(({ where }) => where);
  }
}

test("a value that must be coarser reaches further, wherever it stands among the nodes", () => {
  // 600 inputs of 255 spikes each: 2^30 · 0.98 / (600 · 255) is 2^12.75; values of 12 bits reach 2^17, of which 2^−5 are
  // 2^12: 2^30 · 0.98 / 2^12 is 2^17.97, less than the 22 bits of the threshold
  const [values, cells] = [named(li(), "values"), named(lif(), "cells")];
  const synapses = [linear("into", 600, 1), linear("onward", 1, 2 ** -5)];
  const way = ["in", "into", "values", "onward", "cells", "out"];
  for (const populations of [
    [values, cells],
    [cells, values],
  ]) {
    const graph = graphOf([input(600), ...synapses, ...populations, OUT], way);
    expect(bitsOf(graph)).toEqual({ values: 12, cells: 17 });
  }
});

test("values that feed on themselves alone: 14 bits of what the largest, 2^29, brings by the weight", () => {
  const alone = (weight: number) =>
    bitsOf(
      graphOf(
        [named(li(), "values"), linear("back", 1, weight), OUT],
        ["values", "back", "values", "out"],
      ),
    );
  // 2^29 − 1 by the weight is a little less than 2^19 and 2^17: the next whole number of bits
  expect(alone(2 ** -10)).toEqual({ values: 14 - 19 + 1 });
  expect(alone(2 ** -12)).toEqual({ values: 14 - 17 + 1 });
});

test("values that feed on themselves, and grow: refused, and the search for their format ends", () => {
  const fed = (weight: number, first: number) =>
    problemsOf(
      graphOf(
        [
          ...[input(1), linear("into", 1, first), named(li(), "values")],
          ...[linear("back", 1, weight), linear("other", 1, 1), named(lif(), "cells"), OUT],
        ],
        ["in", "into", "values", "back", "values"],
        ["in", "other", "cells", "out"],
      ),
    );
  for (const first of [2 ** -8, 2 ** -7, 2 ** -6]) {
    expect(fed(2 ** 10, first)).toEqual(["projection back onto values"]);
  }
});

describe("what one step brings, and how far that is from 2^31", () => {
  // a refractory time keeps populations out of the 16-bit format
  const cells = (name: string) => named(lif(1, { refractorySeconds: 2 * DT }), name);

  test("spikes of a population count 1 each, in units of 1", () => {
    const graph = graphOf(
      [input(1), linear("into", 1, 1 / 8), cells("a"), linear("onward", 1, 1 / 2), cells("b"), OUT],
      ["in", "into", "a", "onward", "b", "out"],
    );
    const { projections, report } = quantised(graph);
    const [, onward] = projections;
    const bits = bitsOf(graph).b ?? 0;
    if (onward === undefined || onward.rule !== null) throw new Error("it learns");
    expect((onward.matrix.weight[0] ?? 0) * 2 ** onward.exponent).toBe(2 ** (bits - 1));
    expect(report.projections[1]?.headroom).toBe(2 ** (31 - (bits - 1)));
  });

  test("values of an input count up to 32768 units", () => {
    // κ = 2^−6: what lasts is 2^6 · 1/8, so that 64 thresholds are 8, in units of 2^−12
    const graph = layer({
      cells: cells("cells"),
      weights: [1 / 8],
      semantics: { inputKind: "values" },
    });
    const bits = bitsOf(graph).cells ?? 0;
    expect(quantised(graph).report.projections[0]?.headroom).toBe(2 ** (31 - bits));
  });
});

test("several that do not fit: each by the largest projection onto itself, in the order of the report", () => {
  const graph = (first: number, second: number) =>
    graphOf(
      [
        ...[input(1), linear("one", 1, first), named(lif(), "a")],
        ...[linear("two", 1, second), named(lif(), "b"), OUT],
      ],
      ["in", "one", "a", "out"],
      ["in", "two", "b"],
    );
  const order = Object.keys(bitsOf(graph(1, 1)));
  expect([...order].sort()).toEqual(["a", "b"]);
  const own: Readonly<Record<string, string>> = { a: "one", b: "two" };
  expect(problemsOf(graph(2 ** 14, 2 ** 15))).toEqual(
    order.map((name) => `projection ${own[name]} onto ${name}`),
  );
  const projections = quantised(graph(1, 1)).report.projections.map(({ name }) => name);
  expect(problemsOf(graph(Number.NaN, Number.POSITIVE_INFINITY))).toEqual(
    projections.map((name) => `projection ${name}`),
  );
  expect(problemsOf(graph(1, 2 ** 15))).toEqual(["projection two onto b"]);
});
