/** The ends of every number of a layered graph in JSON, of its texts, lists and levels: the last that is read, and the next. */
import { describe, expect, test } from "vitest";
import { type Problem, TwentyWattError } from "../../../../host/errors.ts";
import { Fields } from "../../../../host/importers/graph/fields.ts";
import { graphJson, importGraphJson, isGraphJson } from "../../../../host/importers/graph/index.ts";
import type { LayeredGraph } from "../../../../host/model/graph.ts";
import { int8Tensor, layeredGraph, reshape } from "../../../support/graphs.ts";

const SOURCE = { name: "test.json", format: "graph", sha256: "" } as const;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function problemsOf(body: () => unknown): readonly Problem[] {
  try {
    body();
    return [];
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems;
    throw error;
  }
}

const GRAPH = layeredGraph(
  [int8Tensor("a", [1, 4]), int8Tensor("b", [4])],
  [reshape(0, 0, 1)],
  [0],
  [1],
);
const MOST = 2 ** 31 - 1;

type Json = { [field: string]: Json } & Json[];

/** What is said of a field of the document that has this value. */
function saidOf(path: readonly (string | number)[], value: unknown): readonly Problem[] {
  const document = JSON.parse(graphJson(GRAPH)) as Json;
  let inner = document;
  for (const step of path.slice(0, -1)) inner = inner[step as number] as Json;
  inner[path.at(-1) as number] = value as Json;
  const where = path.reduce<string>(
    (text, step) => text + (typeof step === "number" ? `[${step}]` : `, ${step}`),
    "graph",
  );
  const problems = problemsOf(() => importGraphJson(encode(JSON.stringify(document)), SOURCE));
  return problems.filter((found) => found.where === where && /integer/.test(found.expected));
}

test.each([
  [["version"], 1, 2],
  [["tensors", 0, "quantization", "axis"], 0, MOST],
  [["nodes", 0, "index"], 0, MOST],
  [["nodes", 0, "output"], 0, MOST],
  [["inputs", 0, "tensor"], 0, MOST],
  [["outputs", 0, "tensor"], 0, MOST],
] as const)("an integer: %j", (path, low, high) => {
  for (const value of [low, high]) expect([value, saidOf(path, value)]).toEqual([value, []]);
  for (const value of [low - 1, high + 1, low + 0.5, `${low}`, null]) {
    expect([value, saidOf(path, value)]).toMatchObject([
      value,
      [{ expected: `an integer from ${low} to ${high}` }],
    ]);
  }
});

test.each([
  [["tensors", 0, "shape"], 1],
  [["tensors", 0, "quantization", "zeroPoints"], -MOST],
  [["nodes", 0, "inputs"], 0],
] as const)("a list of integers: %j", (path, low) => {
  for (const value of [[low], [low, MOST]])
    expect([value, saidOf(path, value)]).toEqual([value, []]);
  for (const value of [[low - 1], [low, MOST + 1]]) {
    expect(saidOf(path, value)).toMatchObject([{ expected: `integers from ${low} to ${MOST}` }]);
  }
});

test("nested 64 deep, and one more: where it happens", () => {
  const lists = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  const document = (inner: string, text = "") => `{"${text}":${inner}}`;
  const deep = (json: string) =>
    problemsOf(() => importGraphJson(encode(json), SOURCE)).filter(({ got }) =>
      got.endsWith("levels"),
    );
  for (const of of [lists, objects]) {
    expect(deep(document(of(63)))).toEqual([]);
    expect(deep(document(of(64)))).toHaveLength(1);
    // what closes is no longer a level
    expect(deep(document(`[${Array(100).fill(of(3)).join()}]`))).toEqual([]);
  }
  expect(deep(document(lists(64)))).toMatchObject([
    // four bytes, of which the first is a level, and the 64th bracket
    { where: "graph, byte 67", got: "more than 64 levels", expected: "at most 64" },
  ]);
  // within a text nothing is a level, whatever stands behind a backslash
  for (const text of ["[".repeat(90), `\\"${"[".repeat(90)}`, `\\\\\\"${"{".repeat(90)}`, "\\\\"]) {
    expect([text, deep(document(lists(63), text))]).toEqual([text, []]);
    expect(deep(document(lists(64), text))).toHaveLength(1);
  }
  expect(deep(document(lists(63), "]".repeat(10)))).toEqual([]);
  expect(deep(document(lists(64), "]".repeat(10)))).toHaveLength(1);
});

test("before its brace a graph has only what JSON calls space", () => {
  const spaces = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) =>
    isGraphJson(Uint8Array.of(byte, 0x7b)),
  );
  expect(spaces).toEqual([0x09, 0x0a, 0x0d, 0x20, 0x7b]);
});

describe("what is too long", () => {
  const read = <T>(value: unknown, of: (fields: Fields) => T) => {
    const problems: Problem[] = [];
    of(new Fields({ a: value }, "here", problems));
    return problems.map(({ got, expected }) => [got, expected]);
  };
  const said = "at most 4096 characters";

  test("texts", () => {
    const [most, more] = ["x".repeat(4096), "x".repeat(4097)];
    const shown = `"${"x".repeat(59)}`;
    expect(read(most, (f) => f.text("a"))).toEqual([]);
    expect(read(more, (f) => f.text("a"))).toEqual([[shown, said]]);
    expect(read([most, most], (f) => f.texts("a"))).toEqual([]);
    expect(read([most, more], (f) => f.texts("a"))).toEqual([[shown, said]]);
  });

  test("lists of objects", () => {
    const list = (n: number) => Array(n).fill({});
    expect(read(list(65_536), (f) => f.objects("a"))).toEqual([]);
    expect(read(list(65_537), (f) => f.objects("a"))).toEqual([["65537 of a", "at most 65536"]]);
  });

  test("what a message shows", () => {
    const shown = (value: unknown) => read(value, (f) => f.number("a"))[0]?.[0];
    expect(shown("x".repeat(58))).toBe(`"${"x".repeat(58)}"`);
    expect(shown("x".repeat(59))).toBe(`"${"x".repeat(59)}`);
    expect(shown([1, 2, 3, 4, 5, 6, 7, 8])).toBe("[1,2,3,4,5,6,7,8]");
    expect(shown([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBe("a list");
    expect(shown([1, [2]])).toBe("a list");
    expect(shown([1, {}])).toBe("a list");
    expect(shown({})).toBe("an object");
    expect(shown(null)).toBe("null");
    expect(shown(undefined)).toBe("nothing");
    expect(shown(Array(8).fill("y".repeat(10)))).toBe(
      `["${Array(8).fill("y".repeat(10)).join('","')}"]`.slice(0, 60),
    );
    const misspelt = (length: number) => {
      const problems: Problem[] = [];
      new Fields({ ["q".repeat(length)]: 1 }, "here", problems).close();
      return problems[0]?.got;
    };
    expect(misspelt(60)).toBe(`field ${"q".repeat(60)}`);
    expect(misspelt(61)).toBe(`field ${"q".repeat(60)}`);
  });
});

describe("arrays: type, shape and bytes", () => {
  const numbers = {
    u8: Uint8Array.of(1, 200),
    u32: Uint32Array.of(1, 2 ** 32 - 1),
    f32: Float32Array.of(0.5, -2),
    f64: Float64Array.of(0.1, -3),
  };
  const json = (dtype: keyof typeof numbers, more: object = {}) => ({
    ...{ dtype, shape: [1, 2], data: Buffer.from(numbers[dtype].buffer).toString("base64") },
    ...more,
  });
  const read = (value: unknown, shape: readonly number[] = [1, 2]) => {
    const problems: Problem[] = [];
    const fields = new Fields({ a: value }, "here", problems);
    const array = fields.array("a", ["u8", "u32", "f32", "f64"], shape);
    return [array, problems.map(({ code, where, got, expected }) => [code, where, got, expected])];
  };

  test.each(["u8", "u32", "f32", "f64"] as const)("%s", (dtype) => {
    expect(read(json(dtype))).toEqual([numbers[dtype], []]);
    const { BYTES_PER_ELEMENT: each } = numbers[dtype];
    for (const length of [0, 2 * each - 1, 2 * each + 1]) {
      const data = Buffer.alloc(length).toString("base64");
      expect(read(json(dtype, { data }))).toEqual([
        null,
        [["MODEL_SHAPE", "here, a", `${length} bytes`, `${2 * each} bytes of ${dtype}`]],
      ]);
    }
  });

  test.each<[unknown, string, string]>([
    [5, "here, a", "an array: {dtype, shape, data}"],
    [null, "here, a", "an array: {dtype, shape, data}"],
    [undefined, "here, a", "an array: {dtype, shape, data}"],
    [[1], "here, a", "an array: {dtype, shape, data}"],
    [json("u8", { dtype: "i8" }), "here, a, dtype", "one of u8, u32, f32, f64"],
    [json("u8", { shape: [-1, 2] }), "here, a, shape", `integers from 0 to ${MOST}`],
    [json("u8", { shape: [2, 1] }), "here, a", "shape [1,2]"],
    [json("u8", { shape: [2] }), "here, a", "shape [1,2]"],
    [json("u8", { data: null }), "here, a, data", "base64"],
    [json("u8", { data: "A" }), "here, a, data", "base64"],
    [json("u8", { axis: 0 }), "here, a", "dtype, shape, data"],
  ])("%j", (value, where, expected) => {
    const [array, said] = read(value) as [unknown, string[][]];
    expect(array).toBeNull();
    expect(said.map(([, where, , expected]) => [where, expected])).toEqual([[where, expected]]);
  });

  test("of no elements", () => {
    expect(read({ dtype: "f64", shape: [0], data: "" }, [0])).toEqual([new Float64Array(0), []]);
  });
});

describe("the digest by which a document knows its source", () => {
  const [first, ...others] = GRAPH.tensors;
  const graph: LayeredGraph = {
    ...GRAPH,
    source: { name: "a.tflite", format: "tflite", sha256: "ab".repeat(32) },
    tensors: [first as LayeredGraph["tensors"][number], ...others, constant(1)],
  };

  function constant(value: number) {
    return int8Tensor("c", [4], new Uint8Array(4).fill(value));
  }

  test("covers the bytes of constants", () => {
    const text = graphJson(graph);
    expect(importGraphJson(encode(text), SOURCE).source).toEqual(graph.source);
    const other = text.replace('"data":"AQEBAQ=="', '"data":"AQEBAg=="');
    expect(other).not.toBe(text);
    expect(importGraphJson(encode(other), SOURCE).source).toEqual(SOURCE);
  });

  test("and an array is written as it is, wherever it lies in its buffer", () => {
    const data = Uint8Array.of(9, 9, 1, 1, 1, 1, 9).subarray(2, 6);
    const tensors = [...GRAPH.tensors, { ...constant(1), data }];
    expect(graphJson({ ...graph, tensors })).toBe(graphJson(graph));
  });
});

test("a graph of more bytes than can be read back is not written", () => {
  const data = new Uint8Array(192 * 2 ** 20 + 1);
  const tensors = [int8Tensor("a", [data.length], data)];
  expect(problemsOf(() => graphJson(layeredGraph(tensors, [], [], [])))).toMatchObject([
    { code: "MODEL_FORMAT", got: "more bytes of arrays", expected: "at most 201326592" },
  ]);
});
