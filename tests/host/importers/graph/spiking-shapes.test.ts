/** Geometry of spiking nodes in JSON, axis by axis: torch's rules for pools and convolutions, and what edges must carry. */
import { expect, test } from "vitest";
import { TwentyWattError } from "../../../../host/errors.ts";
import { graphJson, importModel } from "../../../../host/importers/index.ts";
import type { SpikingGraph, SpikingNode } from "../../../../host/model/spiking-graph.ts";

/** Input → node → Output. @returns what is said of it */
async function said(
  node: object,
  input: readonly number[],
  output: readonly number[],
): Promise<string> {
  const nodes = [
    { kind: "Input", name: "input", shape: input },
    { name: "node", ...node },
    { kind: "Output", name: "output", shape: output },
  ] as unknown as SpikingNode[];
  const graph: SpikingGraph = {
    ...{ kind: "spiking", source: { name: "g", format: "net", sha256: "" }, nodes, labels: null },
    semantics: {
      ...{ dtSeconds: 1e-3, timeUnit: "s", discretisation: "exact", reset: "zero" },
      ...{ inputKind: "spikes", assumptions: [] },
    },
    edges: [
      { source: 0, target: 1, receptor: 0 },
      { source: 1, target: 2, receptor: 0 },
    ],
  };
  return importModel(new TextEncoder().encode(graphJson(graph)), "g.json").then(
    () => "",
    (error) => {
      if (!(error instanceof TwentyWattError)) throw error;
      return error.problems.map(({ got }) => got).join("; ");
    },
  );
}

type Pair = [number, number];

/** On [2, 6, 8]. */
const pool = (kernel: Pair, stride: Pair, padding: Pair, size: Pair, kind = "SumPool2d") => {
  const shape = [2, ...size];
  return said({ kind, shape, inputShape: [2, 6, 8], kernel, stride, padding }, [2, 6, 8], shape);
};

test.each([
  // kernel, stride, padding, size by floor((n + 2p − k) / s) + 1, what is said
  [[2, 4], [2, 4], [0, 0], [3, 2], ""],
  [[2, 4], [2, 4], [1, 2], [4, 3], ""],
  [[2, 4], [2, 4], [2, 0], [5, 2], "padding [2,0]"],
  [[4, 2], [2, 2], [0, 2], [2, 6], "padding [0,2]"],
  [[4, 2], [2, 2], [2, 1], [4, 5], ""],
  [[12, 8], [1, 1], [6, 0], [7, 1], ""],
  [[13, 8], [1, 1], [6, 0], [6, 1], "kernel [13,8]"],
  [[6, 16], [1, 1], [0, 8], [1, 9], ""],
  [[6, 17], [1, 1], [0, 8], [1, 8], "kernel [6,17]"],
  [[2, 4], [2, 4], [0, 0], [3, 3], "shape [2,3,3]"],
  [[2, 4], [2, 4], [0, 0], [2, 2], "shape [2,2,2]"],
] as [Pair, Pair, Pair, Pair, string][])(
  "a pool of %j, stride %j, padding %j: %j",
  async (kernel, stride, padding, size, wanted) => {
    for (const kind of ["SumPool2d", "AvgPool2d"]) {
      expect(await pool(kernel, stride, padding, size, kind)).toBe(wanted);
    }
  },
);

/** Four channels of [h, w] in two groups to six. */
const conv = (more: object, input: readonly number[], shape: readonly number[]) => {
  const node = {
    ...{
      kind: "Conv2d",
      shape,
      inputShape: input,
      kernel: [3, 2],
      stride: [1, 2],
      padding: [1, 0],
    },
    ...{ dilation: [1, 1], groups: 2, weight: new Float64Array(6 * 2 * 6), bias: null, ...more },
  };
  return said(node, input, shape);
};

test("a convolution: size by axis, whole groups", async () => {
  expect(await conv({}, [4, 5, 8], [6, 5, 4])).toBe("");
  expect(await conv({}, [4, 5, 8], [6, 4, 4])).toBe("shape [6,4,4]");
  expect(await conv({}, [4, 5, 8], [6, 5, 5])).toBe("shape [6,5,5]");
  expect(await conv({ dilation: [2, 3] }, [4, 5, 8], [6, 3, 3])).toBe("");
  const three = { groups: 3, weight: new Float64Array(6 * 1 * 6) };
  expect(await conv(three, [4, 5, 8], [6, 5, 4])).toContain("3 groups of 4 and 6 channels");
  expect(await conv(three, [4, 5, 8], [6, 4, 4])).toBe(
    "3 groups of 4 and 6 channels; shape [6,4,4]",
  );
  const four = { groups: 4, weight: new Float64Array(6 * 1 * 6) };
  expect(await conv(four, [4, 5, 8], [6, 5, 4])).toContain("4 groups of 4 and 6 channels");
});

test("one axis is one axis", async () => {
  const flat = {
    ...{ kind: "Conv1d", kernel: [1, 3], stride: [1, 1], padding: [0, 1], dilation: [1, 1] },
    ...{ groups: 1, weight: new Float64Array(2 * 2 * 3), bias: new Float64Array(2) },
  };
  const of = (more: object, input: readonly number[]) =>
    said({ ...flat, shape: [2, 8], inputShape: input, ...more }, input, [2, 8]);
  expect(await of({}, [2, 1, 8])).toBe("");
  expect(await of({}, [2, 2, 8])).toContain("height 2");
  // two rows that make one are two rows
  const tall = { kernel: [2, 3], weight: new Float64Array(2 * 2 * 2 * 3) };
  expect(await of(tall, [2, 2, 8])).toBe("height 2");
  expect(await of({ padding: [1, 1] }, [2, 1, 8])).toContain("height 1");
});

test("a perceptron has one output and at least one input beside the target", async () => {
  const perceptron = (inputSize: number, outputs: number) =>
    said({ kind: "Perceptron", shape: [outputs], inputSize }, [inputSize], [outputs]);
  expect(await perceptron(2, 1)).toBe("");
  expect(await perceptron(1, 1)).toBe("1 inputs");
  expect(await perceptron(3, 2)).toBe("2 perceptrons");
});

test("a node is given as many elements as it takes", async () => {
  const linear = (inputSize: number) =>
    said(
      { kind: "Linear", shape: [2], inputSize, weight: new Float64Array(2 * inputSize) },
      [4],
      [2],
    );
  expect(await linear(4)).toBe("");
  expect(await linear(5)).toBe("4 elements");
});
