/** Every node type of NIR, written as nir.write() does and read back: parameters, shapes, inference. */
import { expect, test } from "vitest";
import { importNir, NIR_DEFAULTS, type NirOptions } from "../../../../host/importers/nir/index.ts";
import type { SpikingNode } from "../../../../host/model/spiking-graph.ts";
import {
  around,
  chain,
  f32,
  f64,
  i64,
  type NirGraph,
  type NirNode,
  writeNir,
} from "../../../support/nir-writer.ts";

const source = { name: "written.nir", format: "nir", sha256: "" } as const;

async function load(graph: NirGraph, options: Partial<NirOptions> = {}) {
  return importNir(await writeNir(graph), source, { ...NIR_DEFAULTS, ...options });
}

const nodeOf = async (
  from: readonly number[],
  node: NirNode,
  to: readonly number[],
  options: Partial<NirOptions> = {},
): Promise<SpikingNode | undefined> =>
  (await load(around(from, node, to), options)).nodes.find(({ name }) => name === "node");

const plain = { current: 0, vInitial: 0 };
const spiking = { vThreshold: 1, vReset: 0, refractorySeconds: 0 };

/** type, its datasets, shape in, shape out, what is read */
const NEURONS: readonly [string, NirNode, object][] = [
  ["I", { type: "I", r: f32([2], 3) }, { r: 3, ...plain }],
  [
    "IF",
    { type: "IF", r: f64([2], 3), v_threshold: f64([2], 1, 2), v_reset: f64([2], -1) },
    { r: 3, vThreshold: Float64Array.of(1, 2), vReset: -1, refractorySeconds: 0, ...plain },
  ],
  [
    "LI",
    { type: "LI", tau: f64([2], 0.01, 0.02), r: f64([2], 1), v_leak: f64([2], -0.5) },
    { tau: Float64Array.of(0.01, 0.02), r: 1, vLeak: -0.5, ...plain },
  ],
  [
    "LIF",
    {
      ...{ type: "LIF", tau: f64([2], 0.01), r: f64([2], 1), v_leak: f64([2], 0) },
      ...{ v_threshold: f64([2], 1), v_reset: f64([2], 0) },
    },
    { tau: 0.01, r: 1, vLeak: 0, ...spiking, ...plain },
  ],
  [
    "CubaLI",
    {
      ...{ type: "CubaLI", tau_syn: f64([2], 0.002), tau_mem: f64([2], 0.01), r: f64([2], 1) },
      ...{ v_leak: f64([2], 0), w_in: f64([2], 4) },
    },
    {
      ...{ tauMem: 0.01, r: 1, vLeak: 0, ...plain },
      receptors: [{ name: "syn", tauSyn: 0.002, wIn: 4 }],
    },
  ],
  [
    "CubaLIF",
    {
      ...{ type: "CubaLIF", tau_syn: f64([2], 0.002), tau_mem: f64([2], 0.01), r: f64([2], 1) },
      ...{ v_leak: f64([2], 0), v_threshold: f64([2], 1) },
    },
    {
      ...{ tauMem: 0.01, r: 1, vLeak: 0, ...spiking, ...plain },
      receptors: [{ name: "syn", tauSyn: 0.002, wIn: 1 }],
    },
  ],
  ["Threshold", { type: "Threshold", threshold: f32([2], 0.5) }, { threshold: 0.5 }],
  ["Scale", { type: "Scale", scale: f32([2], 0.5, 2) }, { scale: Float64Array.of(0.5, 2) }],
  [
    "Delay",
    { type: "Delay", delay: f64([2], 0.001, 0) },
    { delaySeconds: Float64Array.of(0.001, 0) },
  ],
];

for (const [kind, node, read] of NEURONS) {
  test(`${kind} keeps the shape of its parameters`, async () => {
    expect(await nodeOf([2], node, [2])).toEqual({ name: "node", kind, shape: [2], ...read });
  });
}

test("Linear and Affine: the last two axes are out and in, a leading axis of 1 is dropped", async () => {
  const weight = f32([1, 2, 3], 1, 2, 3, 4, 5, 6);
  expect(await nodeOf([3], { type: "Linear", weight }, [2])).toEqual({
    ...{ name: "node", kind: "Linear", shape: [2], inputSize: 3 },
    weight: Float64Array.of(1, 2, 3, 4, 5, 6),
  });
  expect(await nodeOf([3], { type: "Affine", weight, bias: f64([2], 7, 8) }, [2])).toMatchObject({
    ...{ kind: "Affine", shape: [2], bias: Float64Array.of(7, 8) },
  });
});

const conv1d = (fields: object): NirNode => ({
  ...{ type: "Conv1d", weight: f32([4, 2, 3], 1), bias: f32([4], 0.5), input_shape: 10 },
  ...{ stride: 1, padding: 0, dilation: 1, groups: 1, ...fields },
});
const conv2d = (fields: object): NirNode => ({
  ...{ type: "Conv2d", weight: f32([4, 2, 3, 5], 1), bias: f32([4], 0.5), input_shape: i64(8, 9) },
  ...{ stride: i64(1, 1), padding: i64(0, 0), dilation: i64(1, 1), groups: 1, ...fields },
});

// torch: floor((in + 2 · pad − dilation · (k − 1) − 1) / stride + 1)
const CONV1D: readonly [object, number][] = [
  [{}, 8],
  [{ stride: 2 }, 4],
  [{ padding: 1 }, 10],
  [{ dilation: 3 }, 4],
  [{ padding: "same" }, 10],
  [{ padding: "valid" }, 8],
  [{ stride: i64(2), padding: i64(2), dilation: i64(2) }, 5],
];
for (const [fields, length] of CONV1D) {
  test(`Conv1d ${Object.entries(fields).map(([k, v]) => `${k} ${v.data ?? v}`)}: ${length} columns`, async () => {
    const node = await nodeOf([2, 10], conv1d(fields), [4, length]);
    expect(node).toMatchObject({ shape: [4, length], inputShape: [2, 1, 10], kernel: [1, 3] });
  });
}

const CONV2D: readonly [object, readonly number[]][] = [
  [{}, [4, 6, 5]],
  [{ stride: i64(2, 3) }, [4, 3, 2]],
  [{ padding: i64(1, 2) }, [4, 8, 9]],
  [{ dilation: i64(2, 2) }, [4, 4, 1]],
  [{ padding: "same" }, [4, 8, 9]],
  [{ padding: "valid" }, [4, 6, 5]],
  [{ stride: 2, padding: 1, dilation: 1 }, [4, 4, 4]],
];
for (const [fields, shape] of CONV2D) {
  test(`Conv2d ${Object.entries(fields).map(([k, v]) => `${k} ${v.data ?? v}`)}: [${shape}]`, async () => {
    const node = await nodeOf([2, 8, 9], conv2d(fields), shape);
    expect(node).toMatchObject({ shape, inputShape: [2, 8, 9], kernel: [3, 5] });
  });
}

test("Conv2d with groups reads as many channels as all groups together", async () => {
  const node = await nodeOf([4, 8, 9], conv2d({ groups: 2 }), [4, 6, 5]);
  expect(node).toMatchObject({ inputShape: [4, 8, 9], groups: 2 });
});

test("'same' with an even kernel pads the odd element at the end, as torch does", async () => {
  const weight = f32([1, 1, 4], 1);
  const fields = { weight, bias: f32([1], 0), padding: "same" };
  const node = await nodeOf([1, 10], conv1d(fields), [1, 10]);
  expect(node).toMatchObject({ shape: [1, 10], padding: [0, 1] });
});

test("without input_shape the size comes from the source, through pools and whatever the order of edges", async () => {
  const { input_shape: _, ...unsized } = conv2d({});
  const graph = chain({
    input: { type: "Input", shape: i64(2, 16, 18) },
    pool: { type: "SumPool2d", kernel_size: i64(2, 2), stride: i64(2, 2), padding: i64(0, 0) },
    conv: unsized,
    average: { type: "AvgPool2d", kernel_size: i64(3, 3), stride: i64(1, 1), padding: i64(1, 1) },
    flat: { type: "Flatten", start_dim: 0, end_dim: -1 },
    output: { type: "Output", shape: i64(120) },
  });
  for (const edges of [graph.edges, graph.edges.toReversed()]) {
    const { nodes } = await load({ ...graph, edges });
    const shapes = new Map(nodes.map(({ name, shape }) => [name, shape]));
    expect(shapes.get("pool")).toEqual([2, 8, 9]);
    expect(shapes.get("conv")).toEqual([4, 6, 5]);
    expect(shapes.get("average")).toEqual([4, 6, 5]);
    expect(shapes.get("flat")).toEqual([120]);
  }
});

test("Flatten merges the axes it names, counted from either end", async () => {
  const flatten = (fields: object): NirNode => ({
    ...{ type: "Flatten", input_type: i64(2, 3, 4), ...fields },
  });
  const shape = async (fields: object, to: readonly number[]) =>
    (await nodeOf([2, 3, 4], flatten(fields), to))?.shape;
  expect(await shape({ start_dim: 0, end_dim: -1 }, [24])).toEqual([24]);
  expect(await shape({ start_dim: 1, end_dim: -1 }, [2, 12])).toEqual([2, 12]);
  expect(await shape({ start_dim: 0, end_dim: 1 }, [6, 4])).toEqual([6, 4]);
  expect(await shape({ start_dim: -2, end_dim: -1 }, [2, 12])).toEqual([2, 12]);
});

test("one value holds for a layer, and that is said", async () => {
  const lif: NirNode = {
    ...{ type: "LIF", tau: f64([], 0.01), r: f64([1], 1), v_leak: f64([3], 0, 1, 2) },
    ...{ v_threshold: f64([], 1), v_reset: f64([3], 0) },
  };
  const graph = await load(around([3], lif, [3]));
  expect(graph.nodes[1]).toMatchObject({ shape: [3], tau: 0.01, r: 1 });
  expect(graph.semantics.assumptions).toEqual([
    "node: one r, tau, v_threshold holds for all of [3].",
  ]);
  const scalar = await load(around([2, 3], { type: "Threshold", threshold: f64([], 1) }, [2, 3]));
  expect(scalar.nodes[1]).toMatchObject({ shape: [2, 3], threshold: 1 });
});

test("milliseconds scale time constants and delays, nothing else", async () => {
  const node: NirNode = {
    ...{ type: "CubaLIF", tau_syn: f64([1], 2), tau_mem: f64([1], 10), r: f64([1], 3) },
    ...{ v_leak: f64([1], -65), v_threshold: f64([1], 15), v_reset: f64([1], -70) },
    w_in: f64([1], 4),
  };
  expect(await nodeOf([1], node, [1], { timeUnit: "ms" })).toMatchObject({
    ...{ tauMem: 0.01, r: 3, vLeak: -65, vThreshold: 15, vReset: -70 },
    receptors: [{ tauSyn: 0.002, wIn: 4 }],
  });
  const delay = await nodeOf([1], { type: "Delay", delay: f64([1], 5) }, [1], { timeUnit: "ms" });
  expect(delay).toMatchObject({ delaySeconds: 0.005 });
});

test("gzip, the newest HDF5 and a missing version say the same", async () => {
  const weight = f32([8, 16], 0.5, -0.25, 1);
  const graph = around([16], { type: "Affine", weight, bias: f64([8], 1, 2) }, [8]);
  const plain = await load(graph);
  for (const style of [
    { gzip: 9 },
    { latest: true },
    { gzip: 1, latest: true },
    { version: null },
  ]) {
    expect(await importNir(await writeNir(graph, style), source)).toEqual(plain);
  }
});
