/** What is wrong with a NIR file is said: every problem at once, with node, edge and parameter. */
import { type Dataset, File, type Group, ready } from "h5wasm";
import { expect, test } from "vitest";
import { type Problem, TwentyWattError } from "../../../../host/errors.ts";
import { importModel } from "../../../../host/importers/index.ts";
import { NIR_DEFAULTS, type NirOptions } from "../../../../host/importers/nir/index.ts";
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

async function problemsOf(bytes: Uint8Array, options = NIR_DEFAULTS): Promise<readonly Problem[]> {
  try {
    await importModel(bytes, "written.nir", options);
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems;
    throw error;
  }
  return [];
}

/** `CODE where: got` of every problem. */
async function refused(graph: NirGraph, options: Partial<NirOptions> = {}): Promise<string[]> {
  const problems = await problemsOf(await writeNir(graph), { ...NIR_DEFAULTS, ...options });
  return problems.map(({ code, where, got }) => `${code} ${where}: ${got}`);
}

const input = { type: "Input", shape: i64(3) };
const output = { type: "Output", shape: i64(3) };
const lif: NirNode = {
  ...{ type: "LIF", tau: f64([3], 0.01), r: f64([3], 1), v_leak: f64([3], 0) },
  ...{ v_threshold: f64([3], 1), v_reset: f64([3], 0) },
};
const linear: NirNode = { type: "Linear", weight: f32([3, 3], 1) };
const without = (node: NirNode, field: string): NirNode => ({
  ...Object.fromEntries(Object.entries(node).filter(([name]) => name !== field)),
  type: node.type,
});

test("every problem of a file is listed once", async () => {
  const graph: NirGraph = {
    type: "NIRGraph",
    nodes: {
      input,
      a: { ...lif, tau: f64([3], 0.01, -1), r: f64([2], 1, 2) },
      b: { type: "Conv3d" },
      c: { type: "Linear", weight: f32([3, 4], 1) },
      d: without(lif, "r"),
      output,
    },
    edges: [
      ["input", "a"],
      ["input", "b"],
      ["input", "c"],
      ["input", "nowhere"],
      ["input", "d"],
      ["input", "d"],
      ["output", "a"],
      ["a", "input"],
      ["d", "output"],
    ],
  };
  expect((await refused(graph)).sort()).toEqual([
    "MODEL_FORMAT graph, edge a → input: an edge out of an Output or into an Input",
    "MODEL_FORMAT graph, edge input → d: the same edge twice",
    "MODEL_FORMAT graph, edge input → nowhere: no node nowhere",
    "MODEL_FORMAT graph, edge output → a: an edge out of an Output or into an Input",
    "MODEL_OP node b: Conv3d",
    "MODEL_SHAPE edge input → c: 3 elements [3]",
    "MODEL_SHAPE node a (LIF), r: shape [2]",
    "MODEL_SHAPE node a (LIF), tau[1]: -1",
    "MODEL_SHAPE node d (LIF), r: nothing",
  ]);
});

const VALUES: readonly [string, NirNode, string][] = [
  ["NaN", { ...lif, r: f64([3], 1, Number.NaN) }, "r[1]: NaN"],
  [
    "Infinity",
    { ...lif, v_threshold: f64([3], Number.POSITIVE_INFINITY) },
    "v_threshold[0]: Infinity",
  ],
  ["a negative tau", { ...lif, tau: f64([3], 0.01, -0.01) }, "tau[1]: -0.01"],
  ["a tau of zero", { ...lif, tau: f64([3], 0) }, "tau[0]: 0"],
  ["no elements", { ...lif, tau: f64([0]) }, "tau: shape [0]"],
  ["text for numbers", { ...lif, tau: "10 ms" }, "tau: strings"],
  ["a group for numbers", { ...lif, tau: { group: {} } }, "tau: group"],
];
for (const [what, node, problem] of VALUES) {
  test(`a parameter with ${what} is named`, async () => {
    expect(await refused(around([3], node, [3]))).toEqual([
      `MODEL_SHAPE node node (LIF), ${problem}`,
    ]);
  });
}

const conv = (fields: object): NirNode => ({
  ...{ type: "Conv2d", weight: f32([4, 3, 3, 3], 1), bias: f32([4], 0), input_shape: i64(8, 8) },
  ...{ stride: i64(1, 1), padding: i64(0, 0), dilation: i64(1, 1), groups: 1, ...fields },
});
const pool = (fields: object): NirNode => ({
  ...{
    type: "SumPool2d",
    kernel_size: i64(2, 2),
    stride: i64(2, 2),
    padding: i64(0, 0),
    ...fields,
  },
});
const GEOMETRY: readonly [string, NirNode, string][] = [
  ["weight of three axes", conv({ weight: f32([4, 3, 3], 1) }), "(Conv2d), weight: shape [4,3,3]"],
  ["padding 'reflect'", conv({ padding: "reflect" }), '(Conv2d), padding: "reflect"'],
  [
    "'same' with a stride",
    conv({ padding: "same", stride: 2 }),
    '(Conv2d), padding: "same" with a stride',
  ],
  ["three strides", conv({ stride: i64(1, 1, 1) }), "(Conv2d), stride: [1,1,1]"],
  ["stride 0", conv({ stride: 0 }), "(Conv2d), stride: [0]"],
  ["a broken stride", conv({ stride: f64([], 1.5) }), "(Conv2d), stride: [1.5]"],
  ["negative padding", conv({ padding: -1 }), "(Conv2d), padding: [-1]"],
  ["groups that divide nothing", conv({ groups: 3 }), "(Conv2d): output [4,6,6] from input [8,8]"],
  ["a kernel above its input", conv({ dilation: 4 }), "(Conv2d): output [4,0,0] from input [8,8]"],
  [
    "a bias of another size",
    conv({ bias: f32([5], 1, 2), weight: f32([4, 3, 8, 8], 1) }),
    "(Conv2d), bias: shape [5]",
  ],
  [
    "an input of another rank",
    conv({ input_shape: i64(3, 8, 8) }),
    "(Conv2d), input_shape: [3,8,8]",
  ],
  ["an endless padding", conv({ padding: 2 ** 30 }), "(Conv2d): shape [4,2147483654,2147483654]"],
  ["a pool in its own padding", pool({ padding: 2 }), "(SumPool2d), padding: [2,2]"],
  ["a pool wider than its input", pool({ kernel_size: 17 }), "(SumPool2d), kernel_size: [17,17]"],
  [
    "Flatten backwards",
    { type: "Flatten", start_dim: 2, end_dim: 1 },
    "(Flatten): start_dim 2, end_dim 1",
  ],
  [
    "Flatten of a fourth axis",
    { type: "Flatten", start_dim: 0, end_dim: 3 },
    "(Flatten): start_dim 0, end_dim 3",
  ],
];
for (const [what, node, problem] of GEOMETRY) {
  test(`${what} is refused`, async () => {
    expect(await refused(around([3, 8, 8], node, [4]))).toEqual([
      `MODEL_SHAPE node node ${problem}`,
    ]);
  });
}

test("axes that changed places are refused, axes of one element and flat lists are not", async () => {
  const scale = (...shape: number[]): NirNode => ({ type: "Scale", scale: f32(shape, 1, 2) });
  expect(await refused(around([2, 3], scale(3, 2), [3, 2]))).toEqual([
    "MODEL_SHAPE edge input → node: 6 elements [2,3]",
  ]);
  expect(await refused(around([1, 2, 3], scale(2, 3), [6]))).toEqual([]);
});

test("a batch axis of several samples is refused at its edge", async () => {
  expect(await refused(around([16, 3], lif, [3]))).toEqual([
    "MODEL_SHAPE edge input → node: 48 elements [16,3]",
  ]);
});

test("nested graphs: dangling inner edges, missing ends, wrong shapes and equal names", async () => {
  const nested = (inner: NirGraph): NirGraph => around([3], inner, [3]);
  const good = around([3], lif, [3]);
  expect(await refused(nested(good))).toEqual([]);
  expect(
    await refused(
      nested({
        ...good,
        edges: [
          ["input", "lif"],
          ["node", "output"],
        ],
      }),
    ),
  ).toEqual(["MODEL_FORMAT graph node, edge input → lif: no node lif"]);
  expect(
    await refused(nested({ ...good, nodes: { input, node: lif }, edges: [["input", "node"]] })),
  ).toEqual(["MODEL_FORMAT graph node: no Output node"]);
  expect(await refused(nested(around([4], lif, [3])))).toEqual([
    "MODEL_SHAPE edge node.input → node.node: 4 elements [4]",
    "MODEL_SHAPE edge input → node.input: 3 elements [3]",
  ]);
  const twice = nested(good);
  expect(await refused({ ...twice, nodes: { ...twice.nodes, "node.node": lif } })).toEqual([
    "MODEL_FORMAT node node.node: two nodes of this name",
  ]);
});

test("a graph without ends, without nodes, or with a node that nothing feeds", async () => {
  expect(await refused(chain({ a: lif }))).toEqual([
    "MODEL_FORMAT graph: no Input node",
    "MODEL_FORMAT graph: no Output node",
  ]);
  expect(await refused(chain({}))).toEqual(["MODEL_FORMAT graph: no group 'nodes'"]);
  const graph = around([3], lif, [3]);
  expect(await refused({ ...graph, nodes: { ...graph.nodes, lonely: linear } })).toEqual([
    "MODEL_FORMAT node lonely (Linear): no edge into it",
  ]);
});

test("edges that are no pairs", async () => {
  const graph = around([3], lif, [3]);
  expect(await refused({ ...graph, edges: [["input", "node", "output"]] })).toEqual([
    "MODEL_FORMAT graph, edges: strings [1,3]",
  ]);
});

test("wires that lead in circles or everywhere end in an answer", async () => {
  const identity = chain({ input, output });
  const names = Array.from({ length: 24 }, (_, k) => [`a${k}`, `b${k}`]);
  const nodes = Object.fromEntries(names.flat().map((name) => [name, identity]));
  const edges = names
    .slice(1)
    .flatMap((to, k) => (names[k] ?? []).flatMap((a) => to.map((b) => [a, b])));
  const all = (more: string[][]): NirGraph => ({
    type: "NIRGraph",
    nodes: { input, lif, output, ...nodes },
    edges: [["input", "a0"], ["input", "lif"], ["lif", "output"], ...edges, ...more],
  });
  // 2^23 ways through identity graphs to one neuron
  expect((await refused(all([["a23", "lif"]])))[0]).toContain("MODEL_FORMAT graph: ");
  const circle: NirGraph = {
    type: "NIRGraph",
    nodes: { input, lif, output, a: identity, b: identity },
    edges: [
      ["input", "a"],
      ["a", "b"],
      ["b", "a"],
      ["b", "lif"],
      ["lif", "output"],
    ],
  };
  expect(await refused(circle)).toEqual([]);
});

test("what a file leaves open is said in the assumptions", async () => {
  const assumptions = async (node: NirNode, options: Partial<NirOptions> = {}) => {
    const bytes = await writeNir(around([3], node, [3]));
    const graph = await importModel(bytes, "written.nir", { ...NIR_DEFAULTS, ...options });
    return graph.kind === "spiking" ? graph.semantics.assumptions.join("\n") : "";
  };
  expect(await assumptions(lif)).toBe("");
  expect(await assumptions(without(lif, "v_reset"))).toContain("v_reset is absent");
  expect(await assumptions({ ...lif, tau: f64([3], 0.01, 10) })).toContain("pass --time-unit ms");
  expect(await assumptions({ ...lif, tau: f64([3], 10) }, { timeUnit: "ms" })).toBe("");
  expect(await assumptions(lif, { timeUnit: "ms" })).toContain("--time-unit s if the file");
  expect(await assumptions(lif, { dtSeconds: 0.02 })).toContain("take a smaller --dt");
  const delay = { type: "Delay", delay: f64([3], 0.00125) };
  expect(await assumptions(delay)).toContain("rounded to 13 steps");
  const reset = { ...lif, v_reset: f64([3], 0.5) };
  expect(await assumptions(reset, { reset: "subtract" })).toContain("v_reset is not used");
});

/** A sound file, then what `damage` does to it. */
async function rewritten(damage: (file: File) => void): Promise<Uint8Array> {
  const { FS } = await ready;
  FS.writeFile("/rewritten.nir", await writeNir(around([3], lif, [3])));
  const file = new File("/rewritten.nir", "a");
  damage(file);
  file.close();
  return new Uint8Array(FS.readFile("/rewritten.nir"));
}

test("other HDF5 files, and files that only begin like one", async () => {
  const other = await problemsOf(await writeNir(around([3], lif, [3]), { top: "weights" }));
  expect(other).toMatchObject([{ code: "MODEL_FORMAT", where: "file" }]);
  expect(other[0]?.got).toContain("weights");
  const whole = await writeNir(around([3], lif, [3]));
  for (const length of [8, 9, 64, 96, 1000, whole.length - 1000]) {
    const [problem] = await problemsOf(whole.subarray(0, length));
    expect(problem, `${length} bytes`).toMatchObject({ code: "MODEL_FORMAT" });
  }
});

test("metadata is not read; a node of that name is", async () => {
  const meta: NirNode = { ...lif, metadata: { group: { anything: "x" } } };
  expect(await refused(around([3], meta, [3]))).toEqual([]);
  expect(await refused(chain({ input, metadata: lif, output }))).toEqual([]);
});

test("links to nowhere and enormous datasets are refused by path", async () => {
  const node = (file: File) => file.get("/node/nodes/node") as Group;
  const linked = await rewritten((file) => node(file).create_soft_link("/nowhere", "r2"));
  expect(await problemsOf(linked)).toMatchObject([{ where: "/node/nodes/node/r2" }]);
  const huge = await rewritten((file) => {
    // declared, never filled: a few hundred bytes on disk
    const shape = [4096, 4096, 16];
    const data = new Float32Array(1);
    const dataset: Dataset = node(file).create_dataset({
      ...{ name: "big", data, shape: [1, 1, 1], maxshape: shape, chunks: [1, 1, 1] },
    });
    dataset.resize(shape);
  });
  expect(await problemsOf(huge)).toMatchObject([{ where: "/node/nodes/node/big" }]);
});

test("ASCII strings and strings of fixed length are strings", async () => {
  const bytes = await rewritten((file) => {
    const inner = file.get("/node/nodes") as Group;
    const group = inner.create_group("more");
    group.create_dataset({ name: "type", data: "IF", shape: [], dtype: "A2" });
    for (const name of ["r", "v_threshold"]) {
      group.create_dataset({ name, data: new Float32Array(3).fill(1), shape: [3] });
    }
  });
  expect(await problemsOf(bytes)).toEqual([]);
});
