/** What is refused of a graph as JSON, and in which words: field by field. */
import { describe, expect, test } from "vitest";
import type { Problem } from "../../../../host/errors.ts";
import { Fields } from "../../../../host/importers/graph/fields.ts";
import { graphJson, isGraphJson } from "../../../../host/importers/graph/index.ts";
import type { Tensor, Variable } from "../../../../host/model/graph.ts";
import { encode, problemsOf } from "../../../support/graph-problems.ts";
import { int8Tensor, layeredGraph, reshape } from "../../../support/graphs.ts";

const tensors = [int8Tensor("a", [1, 4]), int8Tensor("b", [4]), int8Tensor("c", [2, 2])];
const graph = (nodes = [reshape(0, 0, 1), reshape(1, 1, 2)], inputs = [0], outputs = [2]) =>
  problemsOf(encode(graphJson(layeredGraph(tensors, nodes, inputs, outputs))));

test("text that is not JSON", () => {
  // the last one would be JSON in any other encoding
  const other = Uint8Array.from([...encode('{"kind":"'), 0xff, ...encode('"}')]);
  for (const bytes of [encode("{"), Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), other]) {
    expect(problemsOf(bytes)).toMatchObject([
      { code: "MODEL_FORMAT", where: "graph", got: "text that is not JSON", expected: "JSON" },
    ]);
  }
});

test("a graph begins with its brace", () => {
  expect(isGraphJson(encode("{}"))).toBe(true);
  expect(isGraphJson(encode(" \t\r\n{}"))).toBe(true);
  for (const other of ["", " ", "[{}]", "x{", "\u000b{"])
    expect(isGraphJson(encode(other))).toBe(false);
});

describe("indices of tensors", () => {
  const wrong = (where: string, k: number) => ({
    ...{ code: "MODEL_FORMAT", where, got: `tensor ${k}`, expected: "one of 3 tensors" },
  });
  test.each([3, 99])("%i: of an operand, an output, a port", (k) => {
    expect(graph()).toEqual([]);
    expect(graph([reshape(0, k, 1), reshape(1, 1, 2)])).toMatchObject([
      wrong("operator 0 (RESHAPE), layer reshape_0", k),
    ]);
    expect(graph([reshape(0, 0, k), reshape(1, 1, 2)])).toMatchObject([
      wrong("operator 0 (RESHAPE), layer reshape_0", k),
    ]);
    expect(graph(undefined, [k])).toMatchObject([wrong("input 0", k)]);
    expect(graph(undefined, [0, k])).toMatchObject([wrong("input 1", k)]);
    expect(graph(undefined, [0], [2, k])).toMatchObject([wrong("output 1", k)]);
    // all of them, in the order of the graph
    expect(graph([reshape(0, 0, k), reshape(1, 1, 2)], [0, k], [2, k])).toMatchObject([
      wrong("input 1", k),
      wrong("operator 0 (RESHAPE), layer reshape_0", k),
      wrong("output 1", k),
    ]);
  });

  test.each([3, 99])("%i: of a variable", (k) => {
    const kept = { name: "v", tensor: 1, next: 2, initial: new Uint8Array(4) };
    const own = layeredGraph(tensors, [reshape(0, 0, 2)], [0], [2]);
    const said = (variable: object) =>
      problemsOf(encode(graphJson({ ...own, variables: [{ ...kept, ...variable }] })));
    expect(said({ tensor: k })).toMatchObject([wrong("variable v", k)]);
    expect(said({ next: k })).toMatchObject([wrong("variable v", k)]);
  });

  test("none of them", () => {
    const none = [
      { where: "graph", got: "no inputs or no outputs", expected: "at least one each" },
    ];
    expect(graph(undefined, [])).toMatchObject(none);
    expect(graph(undefined, [0], [])).toMatchObject(none);
  });

  test("an input that is a constant", () => {
    const all = [int8Tensor("a", [1, 4], new Uint8Array(4)), ...tensors.slice(1)];
    const text = graphJson(layeredGraph(all, [reshape(0, 0, 1), reshape(1, 1, 2)], [0], [2]));
    expect(problemsOf(encode(text))).toMatchObject([
      {
        code: "MODEL_FORMAT",
        where: "input a",
        got: "a constant",
        expected: "a tensor of its own",
      },
    ]);
  });
});

describe("fields", () => {
  /** What reading a field gives, and what is said of it. */
  const read = <T>(json: unknown, of: (fields: Fields) => T) => {
    const problems: Problem[] = [];
    const value = of(new Fields(json, "here", problems));
    return [value, problems.map(({ where, got, expected }) => `${where}: ${got}, ${expected}`)];
  };
  const MOST = 2 ** 31 - 1;

  test.each<[string, unknown, (fields: Fields) => unknown, unknown, string | null]>([
    ["text", "x", (f) => f.text("a"), "x", null],
    ["text", 1, (f) => f.text("a"), "", "here, a: 1, text"],
    ["text of nothing", undefined, (f) => f.text("a"), "", "here, a: nothing, text"],
    ["texts", ["x", "y"], (f) => f.texts("a"), ["x", "y"], null],
    ["texts", ["x", 2], (f) => f.texts("a"), [], "here, a: 2, texts"],
    ["texts", "x", (f) => f.texts("a"), [], 'here, a: "x", a list'],
    ["one of", "q", (f) => f.oneOf("a", ["p", "q"]), "q", null],
    ["one of", "r", (f) => f.oneOf("a", ["p", "q"]), "p", 'here, a: "r", one of p, q'],
    ["a number", 0.5, (f) => f.number("a"), 0.5, null],
    ["a number", "1", (f) => f.number("a"), 1, 'here, a: "1", a number'],
    ["a number", Number.POSITIVE_INFINITY, (f) => f.number("a"), 1, "here, a: null, a number"],
    ["an integer", MOST, (f) => f.integer("a"), MOST, null],
    ["an integer", -MOST, (f) => f.integer("a"), -MOST, null],
    [
      "an integer",
      MOST + 1,
      (f) => f.integer("a"),
      -MOST,
      `here, a: 2147483648, an integer from ${-MOST} to ${MOST}`,
    ],
    ["an integer", 2, (f) => f.integer("a", 2, 4), 2, null],
    ["an integer", 4, (f) => f.integer("a", 2, 4), 4, null],
    ["an integer", 1, (f) => f.integer("a", 2, 4), 2, "here, a: 1, an integer from 2 to 4"],
    ["an integer", 5, (f) => f.integer("a", 2, 4), 2, "here, a: 5, an integer from 2 to 4"],
    ["an integer", 2.5, (f) => f.integer("a", 2, 4), 2, "here, a: 2.5, an integer from 2 to 4"],
    ["numbers", [1, 0.5], (f) => f.numbers("a"), [1, 0.5], null],
    ["numbers", [1, "2"], (f) => f.numbers("a"), [], 'here, a: "2", numbers'],
    ["numbers", ["2"], (f) => f.numbers("a"), [], 'here, a: "2", numbers'],
    ["numbers", [1, Number.NaN], (f) => f.numbers("a"), [], "here, a: null, numbers"],
    ["integers", [2, 4], (f) => f.integers("a", 2, 4), [2, 4], null],
    ["integers", [2, 5], (f) => f.integers("a", 2, 4), [], "here, a: 5, integers from 2 to 4"],
    ["integers", [-MOST, MOST], (f) => f.integers("a"), [-MOST, MOST], null],
    [
      "integers",
      [-MOST - 1],
      (f) => f.integers("a"),
      [],
      `here, a: -2147483648, integers from ${-MOST} to ${MOST}`,
    ],
    ["bytes", "AQID", (f) => f.bytes("a"), Uint8Array.of(1, 2, 3), null],
    ["bytes", null, (f) => f.bytes("a"), null, null],
    ["bytes", undefined, (f) => f.bytes("a"), null, null],
    ["bytes", "AQI*", (f) => f.bytes("a"), new Uint8Array(0), 'here, a: "AQI*", base64'],
    ["bytes", 5, (f) => f.bytes("a"), new Uint8Array(0), "here, a: 5, base64"],
    ["bytes", [], (f) => f.bytes("a"), new Uint8Array(0), "here, a: [], base64"],
    ["an object", { b: 1 }, (f) => f.object("a").integer("b"), 1, null],
    [
      "an object",
      { b: "x" },
      (f) => f.object("a").integer("b", 7),
      7,
      `here, a, b: "x", an integer from 7 to ${MOST}`,
    ],
    [
      "objects",
      [{ b: 1 }, { b: 2 }],
      (f) => f.objects("a").map((one) => one.integer("b")),
      [1, 2],
      null,
    ],
    ["objects", [{ b: 1 }, 5], (f) => f.objects("a").length, 2, "here, a[1]: 5, an object"],
    ["whether", 0, (f) => f.has("a"), true, null],
    ["whether", null, (f) => f.has("a"), false, null],
    ["whether", undefined, (f) => f.has("a"), false, null],
  ])("%s: %j", (_, json, of, expected, said) => {
    expect(read({ a: json }, of)).toEqual([expected, said === null ? [] : [said]]);
  });

  test("what every JavaScript object has is no field", () => {
    const names = ["constructor", "toString", "hasOwnProperty", "__proto__"];
    expect(read({}, (f) => names.filter((name) => f.has(name)))).toEqual([[], []]);
  });

  test("of what is no object: said once for it, then each field is missing", () => {
    for (const json of [5, null, [1], "x"]) {
      const [value, said] = read(json, (f) => f.text("a"));
      expect(value).toBe("");
      expect(said).toEqual([`here: ${JSON.stringify(json)}, an object`, "here, a: nothing, text"]);
    }
  });

  test("the value is shown in 60 characters, and no more than 100 problems are", () => {
    const [, said] = read({ a: ["x".repeat(100)] }, (f) => {
      for (let k = 0; k < 150; k++) f.number("a");
    });
    expect(said).toHaveLength(100);
    const [, judged] = read({}, (f) => {
      for (let k = 0; k < 150; k++) f.judge("MODEL_SHAPE", `${k}`, "nothing");
    });
    expect(judged).toHaveLength(100);
    expect((said as string[])[0]).toBe(`here, a: ["${"x".repeat(58)}, a number`);
  });
});

describe("variables", () => {
  const [a, b] = [int8Tensor("a", [1, 4]), int8Tensor("b", [1, 4])];
  const kept = { name: "v", tensor: 2, next: 1, initial: Uint8Array.of(1, 2, 3, 4) };
  const own = (third: Tensor, variable: Partial<Variable> = {}) =>
    problemsOf(
      encode(
        graphJson({
          ...layeredGraph([a, b, third], [reshape(0, 0, 1)], [0], [1]),
          variables: [{ ...kept, ...variable }],
        }),
      ),
    );
  const third = int8Tensor("c", [1, 4]);
  const { quantization } = third;

  test("one type, shape and quantisation, and as many bytes at the start", () => {
    expect(own(third)).toEqual([]);
    const cases: readonly [Tensor, string][] = [
      [{ ...third, shape: [4] }, "i8 [4] and i8 [1,4]"],
      [{ ...third, dtype: "u8", quantization: { ...quantization, zeroPoints: [9] } }, "u8 [1,4]"],
      [{ ...third, quantization: { ...quantization, scales: [7] } }, "scale 7"],
      [{ ...third, quantization: { ...quantization, zeroPoints: [9] } }, "zero point 9"],
      [{ ...third, data: new Uint8Array(4) }, "a constant that changes"],
    ];
    for (const [changed, got] of cases) {
      expect(own(changed), got).toMatchObject([
        { code: "MODEL_FORMAT", where: "variable v", got: expect.stringContaining(got) },
      ]);
    }
    expect(own(third, { initial: new Uint8Array(5) })).toMatchObject([
      { where: "variable v", got: "5 bytes at the start, not 4" },
    ]);
  });
});
