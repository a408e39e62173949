/** The ends of every number of a spiking graph in JSON, field by field of every kind: the last that is read, and the next. */
import { describe, expect, test } from "vitest";
import { type Problem, TwentyWattError } from "../../../../host/errors.ts";
import { checkSpiking } from "../../../../host/importers/graph/check-spiking.ts";
import { importGraphJson } from "../../../../host/importers/graph/index.ts";
import type { SpikingGraph, SpikingNode } from "../../../../host/model/spiking-graph.ts";

const SOURCE = { name: "test.json", format: "graph", sha256: "" } as const;
const MOST = 2 ** 31 - 1;
const MOST_ELEMENTS = 2 ** 24;

const array = (
  dtype: string,
  shape: readonly number[],
  of: Float64Array | Uint8Array | Uint32Array,
) => ({
  ...{ dtype, shape, data: Buffer.from(of.buffer).toString("base64") },
});
const f64 = (shape: readonly number[], ...numbers: number[]) =>
  array("f64", shape, Float64Array.from(numbers));
const u32 = (...numbers: number[]) => array("u32", [numbers.length], Uint32Array.from(numbers));
const u8 = (...numbers: number[]) => array("u8", [numbers.length], Uint8Array.from(numbers));

const SEMANTICS = {
  ...{ dtSeconds: 1e-3, timeUnit: "s", discretisation: "exact", reset: "zero" },
  inputKind: "spikes",
};

const DRIVEN = { current: 0, vInitial: 0 };
const SPIKING = { vThreshold: 1, vReset: 0, refractorySeconds: 0 };
const LEAKY = { tau: 0.02, r: 1, vLeak: 0 };
const RECEPTOR = { name: "r", tauSyn: 0.01, wIn: 1 };
const CUBA = { tauMem: 0.02, r: 1, vLeak: 0, receptors: [RECEPTOR] };
const WINDOW = { inputShape: [1, 1, 4], kernel: [1, 2], stride: [1, 1], padding: [0, 0] };
const CONV = {
  ...{ ...WINDOW, dilation: [1, 1], groups: 1, weight: f64([1, 1, 1, 2], 1, 2), bias: null },
};

type Node = Readonly<Record<string, unknown>>;

/** One node of each kind with one element, as another program would write it. */
const NODES: Readonly<Record<string, Node>> = {
  Input: { maxCount: 1 },
  Output: {},
  Linear: { inputSize: 2, weight: f64([1, 2], 1, 2) },
  Affine: { inputSize: 2, weight: f64([1, 2], 1, 2), bias: f64([1], 3) },
  Sparse: { inputSize: 1, rowStart: u32(0, 1), post: u32(0), weight: 1, delaySteps: 0 },
  Scale: { scale: 1 },
  Conv1d: CONV,
  Conv2d: CONV,
  SumPool2d: WINDOW,
  AvgPool2d: WINDOW,
  Flatten: {},
  Delay: { delaySeconds: 0 },
  Threshold: { threshold: 1 },
  I: { r: 1, ...DRIVEN },
  IF: { r: 1, ...SPIKING, ...DRIVEN },
  LI: { ...LEAKY, ...DRIVEN },
  LIF: { ...LEAKY, ...SPIKING, ...DRIVEN },
  CubaLI: { ...CUBA, ...DRIVEN },
  CubaLIF: { ...CUBA, ...SPIKING, ...DRIVEN },
  AdaptiveLIF: { ...LEAKY, tauAdapt: 0.1, increment: 0, ...SPIKING, ...DRIVEN },
  Izhikevich: { a: 0.02, b: 0.2, c: -65, d: 8, ...DRIVEN },
  QIF: { ...LEAKY, a0: 1, vCritical: 0.5, ...SPIKING, ...DRIVEN },
  Perceptron: { inputSize: 2 },
};

/** A document of this one node, and more. */
function problemsOf(node: Node, more: object = {}): readonly Problem[] {
  const nodes = [{ name: "n", shape: [1], ...node }];
  const document = { version: 2, kind: "spiking", semantics: SEMANTICS, nodes, edges: [], ...more };
  try {
    importGraphJson(new TextEncoder().encode(JSON.stringify(document)), SOURCE);
    return [];
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems;
    throw error;
  }
}

/** What is said of the fields of this node, rather than of the graph that it is not yet. */
const saidOf = (kind: string, fields: Node): readonly Problem[] =>
  problemsOf({ kind, ...NODES[kind], ...fields }).filter(({ where }) =>
    where.startsWith("graph, nodes[0]"),
  );

/** Every field and what a number in it may be, in words of torch and NIR: a time constant is above 0, a time is not below. */
const POSITIVE = ["tau", "tauMem", "tauAdapt", "a0"];
const NONNEGATIVE = ["refractorySeconds", "delaySeconds"];
const NO_REAL = ["maxCount", "inputSize", "groups", "delaySteps"];

/** Of a synapse there is one for each of them, below; of others one for each element. */
const REALS = Object.entries(NODES).flatMap(([kind, fields]) =>
  Object.entries(fields)
    .filter(([name, value]) => typeof value === "number" && !NO_REAL.includes(name))
    .filter(() => kind !== "Sparse")
    .map(([name]) => [kind, name] as const),
);

test.each(REALS)("%s, %s", (kind, name) => {
  const range = POSITIVE.includes(name)
    ? "positive"
    : NONNEGATIVE.includes(name)
      ? "nonnegative"
      : "any";
  const least = Number.MIN_VALUE;
  const allowed = { positive: [least], nonnegative: [0, least], any: [-least, 0, -1e300] }[range];
  const refused = { positive: [0, -least], nonnegative: [-least], any: [] }[range];
  for (const x of allowed) {
    expect([x, saidOf(kind, { [name]: x })]).toEqual([x, []]);
    expect([x, saidOf(kind, { [name]: f64([1], x) })]).toEqual([x, []]);
    expect(saidOf(kind, { [name]: array("f32", [1], new Uint8Array(4)) })).toHaveLength(
      range === "positive" ? 1 : 0,
    );
  }
  for (const x of refused) {
    expect(saidOf(kind, { [name]: x })).toMatchObject([
      { where: `graph, nodes[0], ${name}`, expected: `a ${range} number` },
    ]);
    expect(saidOf(kind, { shape: [2], [name]: f64([2], 1, x) })[0]).toMatchObject({
      ...{ code: "MODEL_RANGE", where: `graph, nodes[0], ${name}`, got: `element 1 = ${x}` },
      expected: `${range} numbers`,
    });
  }
  // the first that is wrong, once; and not a number is wrong in any range
  for (const x of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const found = saidOf(kind, { shape: [3], [name]: f64([3], 1, x, x) });
    expect(found.filter(({ got }) => got.startsWith("element"))).toMatchObject([
      {
        got: `element 1 = ${x}`,
        expected: range === "any" ? "finite numbers" : `${range} numbers`,
      },
    ]);
  }
  for (const wrong of [null, "1", undefined]) {
    expect(saidOf(kind, { [name]: wrong })).toHaveLength(1);
  }
});

test("of a receptor: tauSyn above 0, wIn of any sign", () => {
  for (const kind of ["CubaLI", "CubaLIF"]) {
    const said = (fields: Node) => saidOf(kind, { receptors: [{ ...RECEPTOR, ...fields }] });
    for (const fields of [{ tauSyn: 1e-300 }, { wIn: -1 }, { wIn: f64([1], 0) }]) {
      expect(said(fields)).toEqual([]);
    }
    for (const tauSyn of [0, f64([1], 0)]) {
      expect(said({ tauSyn })).toMatchObject([{ where: "graph, nodes[0], receptors[0], tauSyn" }]);
    }
    expect(said({ more: 1 })).toMatchObject([{ got: "field more" }]);
    const many = (n: number) =>
      saidOf(kind, {
        receptors: Array.from({ length: n }, (_, k) => ({ ...RECEPTOR, name: `${k}` })),
      });
    expect([many(1), many(64)]).toEqual([[], []]);
    for (const n of [0, 65]) {
      expect(many(n)).toMatchObject([{ got: `${n} receptors`, expected: "1 to 64" }]);
    }
  }
});

test.each([
  ["Input", "maxCount", 255],
  ["Linear", "inputSize", MOST_ELEMENTS],
  ["Perceptron", "inputSize", MOST_ELEMENTS],
  ["Conv2d", "groups", MOST_ELEMENTS],
])("%s, %s: a count", (kind, name, most) => {
  const said = (x: unknown) =>
    saidOf(kind, { [name]: x }).filter(({ expected }) => /^an integer/.test(expected));
  for (const x of [1, most]) expect([x, said(x)]).toEqual([x, []]);
  for (const x of [0, most + 1, 1.5]) {
    expect(said(x)).toMatchObject([{ expected: `an integer from 1 to ${most}` }]);
  }
});

test("what may be left out, and what may not", () => {
  expect(saidOf("Input", { maxCount: undefined })).toEqual([]);
  for (const kind of ["Conv1d", "Conv2d"]) expect(saidOf(kind, { bias: undefined })).toEqual([]);
  for (const [kind, fields] of Object.entries(NODES)) {
    for (const name of Object.keys(fields).filter((n) => n !== "maxCount" && n !== "bias")) {
      const found = saidOf(kind, { [name]: undefined });
      expect([kind, name, found.map(({ where }) => where)]).toEqual([
        ...[kind, name],
        expect.arrayContaining([`graph, nodes[0], ${name}`]),
      ]);
    }
    expect(saidOf(kind, {})).toEqual([]);
  }
});

test("sizes: two or three of them, paddings from 0, the others from 1", () => {
  for (const [name, length, low] of [
    ["inputShape", 3, 1],
    ["kernel", 2, 1],
    ["stride", 2, 1],
    ["dilation", 2, 1],
    ["padding", 2, 0],
  ] as const) {
    const said = (value: unknown) =>
      saidOf("Conv2d", { [name]: value }).filter(({ where }) => where.endsWith(name));
    expect(said(Array(length).fill(low))).toEqual([]);
    for (const n of [length - 1, length + 1]) {
      expect(said(Array(n).fill(1))).toMatchObject([
        { expected: `${length} whole numbers from ${low}` },
      ]);
    }
    expect(said([...Array(length - 1).fill(1), low - 1])[0]).toMatchObject({
      expected: `integers from ${low} to ${MOST}`,
    });
  }
});

test("a shape: 1 to 32 axes of at least 1, 2^24 elements", () => {
  const said = (shape: readonly number[]) => saidOf("Flatten", { shape });
  for (const shape of [[1], Array(32).fill(1), [MOST_ELEMENTS], [2 ** 12, 2 ** 12]]) {
    expect(said(shape)).toEqual([]);
  }
  for (const shape of [[], Array(33).fill(1), [MOST_ELEMENTS + 1], [2 ** 12, 2 ** 12 + 1]]) {
    expect(said(shape)).toMatchObject([
      {
        where: "graph, nodes[0], shape",
        expected: `1 to 32 axes, at most ${MOST_ELEMENTS} elements in all`,
      },
    ]);
  }
  expect(said([0])[0]).toMatchObject({ expected: `integers from 1 to ${MOST}` });
});

test("what is refused counts as 1 where others follow from it: one mistake is told once", () => {
  expect(saidOf("Scale", { shape: [], scale: f64([1], 2) })).toHaveLength(1);
  expect(saidOf("Linear", { inputSize: -5, weight: f64([1, 1], 2) })).toHaveLength(1);
  expect(saidOf("Conv2d", { kernel: [1], weight: f64([1, 1, 1, 1], 2) })).toHaveLength(1);
  expect(saidOf("Conv2d", { groups: 0 })).toHaveLength(1);
  const sparse = { rowStart: u32(0), post: u32(0) };
  // one row start too few, and no synapse: then none can be wanted
  expect(saidOf("Sparse", { ...sparse, post: u32() })).toHaveLength(1);
});

describe("a sparse projection", () => {
  const said = (fields: Node) => saidOf("Sparse", fields);

  test("steps of delay: one whole number from 0, or a byte for each synapse", () => {
    for (const delaySteps of [0, 255, u8(0), u8(255)]) expect(said({ delaySteps })).toEqual([]);
    for (const delaySteps of [-1, 0.5]) {
      expect(said({ delaySteps })).toMatchObject([{ expected: `an integer from 0 to ${MOST}` }]);
    }
    expect(said({ delaySteps: u8(0, 0) })).toMatchObject([{ expected: "shape [1]" }]);
    expect(said({ delaySteps: u32(0) })).toMatchObject([{ expected: "one of u8" }]);
  });

  test("one row for each source, one target and one weight for each synapse", () => {
    expect(said({ rowStart: u32(0, 0), post: u32(), weight: f64([0]), delaySteps: u8() })).toEqual(
      [],
    );
    const two = { rowStart: u32(0, 2), post: u32(0, 0) };
    expect(said({ ...two, weight: f64([2], 1, 2), delaySteps: u8(0, 1) })).toEqual([]);
    for (const weight of [-1, 0, f64([2], -1, 0)]) expect(said({ ...two, weight })).toEqual([]);
    expect(said({ ...two, weight: f64([2], 1, Number.NaN) })).toMatchObject([
      { got: "element 1 = NaN", expected: "finite numbers" },
    ]);
    expect(said({ ...two, weight: f64([1], 1) })).toMatchObject([{ expected: "shape [2]" }]);
    expect(said({ rowStart: u32(0, 1, 1) })[0]).toMatchObject({ expected: "shape [2]" });
    expect(said({ post: u32(0, 0) })[0]).toMatchObject({ expected: "shape [1]" });
  });

  test("2^25 synapses, and one more", () => {
    const got = (n: number) => {
      const node = {
        ...{ kind: "Sparse", name: "n", shape: [1], inputSize: 1, weight: 1, delaySteps: 0 },
        ...{ rowStart: Uint32Array.of(0, n), post: new Uint32Array(n) },
      };
      const problems: Problem[] = [];
      checkSpiking(graphOf([node as SpikingNode]), problems);
      return problems.filter((problem) => problem.got.endsWith("synapses"));
    };
    expect(got(2 ** 25)).toEqual([]);
    expect(got(2 ** 25 + 1)).toMatchObject([
      { got: `${2 ** 25 + 1} synapses`, expected: "at most 33554432" },
    ]);
  });
});

const graphOf = (
  nodes: readonly SpikingNode[],
  edges: SpikingGraph["edges"] = [],
): SpikingGraph => ({
  ...{ kind: "spiking", source: SOURCE, labels: null, nodes, edges },
  semantics: { ...SEMANTICS, assumptions: [] } as unknown as SpikingGraph["semantics"],
});

test("of edges: indices from 0; without a receptor the first", () => {
  const edges = (edge: Node) =>
    problemsOf({ kind: "Flatten" }, { edges: [{ source: 0, target: 0, ...edge }] }).filter(
      ({ where }) => where.startsWith("graph, edges[0]"),
    );
  expect(edges({})).toEqual([]);
  for (const name of ["source", "target", "receptor"]) {
    for (const x of [0, MOST]) expect(edges({ [name]: x })).toEqual([]);
    for (const x of [-1, MOST + 1]) {
      expect(edges({ [name]: x })).toMatchObject([{ expected: `an integer from 0 to ${MOST}` }]);
    }
  }
  expect(edges({ receptors: 0 })).toMatchObject([{ got: "field receptors" }]);
});

test("4096 nodes, and one more; 100 problems, and no more", () => {
  const many = (n: number) =>
    problemsOf(
      {},
      {
        nodes: Array.from({ length: n }, (_, k) => ({ kind: "Flatten", name: `${k}`, shape: [1] })),
      },
    );
  expect(many(4096).some(({ got }) => got.endsWith(" nodes"))).toBe(false);
  // each of them is without an edge: what the graph lacks is told, up to 100 times
  expect(many(4096)).toHaveLength(100);
  expect(many(4097)).toMatchObject([{ got: "4097 nodes", expected: "at most 4096" }]);
});

test("the step is above 0; every word is one of its list; assumptions and labels may be left out", () => {
  const said = (fields: Node) =>
    problemsOf({ kind: "Flatten" }, { semantics: { ...SEMANTICS, ...fields } }).filter(
      ({ where }) => where.startsWith("graph, semantics"),
    );
  const words = {
    timeUnit: ["s", "ms"],
    discretisation: ["norse", "snntorch", "spyx", "nengo", "sinabs", "lava", "exact"],
    reset: ["zero", "subtract"],
    inputKind: ["spikes", "values"],
    refractory: ["after-spike", "with-spike"],
  };
  for (const [name, list] of Object.entries(words)) {
    for (const word of list) expect(said({ [name]: word })).toEqual([]);
    expect(said({ [name]: "other" })).toMatchObject([{ expected: `one of ${list.join(", ")}` }]);
    expect(said({ [name]: undefined })).toHaveLength(name === "refractory" ? 0 : 1);
  }
  expect(said({ dtSeconds: Number.MIN_VALUE })).toEqual([]);
  for (const dtSeconds of [0, -1e-3]) {
    expect(said({ dtSeconds })).toMatchObject([{ expected: "a number of seconds above 0" }]);
  }
  expect(said({ assumptions: ["a"] })).toEqual([]);
  expect(said({ assumptions: [1] })).toMatchObject([{ expected: "texts" }]);
  expect(said({ more: 1 })).toMatchObject([{ got: "field more" }]);
  const labels = (list: unknown) =>
    problemsOf({ kind: "Flatten" }, { labels: list }).filter(({ where }) =>
      where.endsWith("labels"),
    );
  expect(labels(["a"])).toEqual([]);
  expect(labels([1])).toHaveLength(1);
});
