import { expect, test } from "vitest";
import { problemLines } from "../../../host/cli/problem-lines.ts";
import { type Problem, problem, describe as said } from "../../../host/errors.ts";

const quant = (where: string, got = "float32"): Problem =>
  problem("MODEL_QUANT", `m.tflite: ${where}`, got, "int8", "Quantise it.");
const op = problem("MODEL_OP", "m.tflite: operator 3", "WHERE", "one of ADD, SUB");

test("a few problems are a line each, as they are", () => {
  const few = [quant("a"), quant("b"), op];
  expect(problemLines(few)).toEqual(few.map(said));
});

test("what differs in its place alone is said once, with all places", () => {
  expect(problemLines([quant("a"), op, quant("b"), quant("c")])).toEqual([
    "4 problems of 2 kinds:",
    "MODEL_QUANT: m.tflite: 3 places: got float32, expected int8. Quantise it.",
    "  a, b, c",
    said(op),
  ]);
});

test("what was found may differ: each once, with its count and its places", () => {
  expect(problemLines([quant("a"), quant("b", "int16"), quant("c")])).toEqual([
    "3 problems of one kind:",
    "MODEL_QUANT: m.tflite: 3 places, expected int8. Quantise it.",
    "  got float32, 2 times: a, c",
    "  got int16: b",
  ]);
});

test("of many places the first three are named; four are", () => {
  const of = (n: number) => Array.from({ length: n }, (_, k) => quant(`t${k}`));
  expect(problemLines(of(4))[2]).toBe("  t0, t1, t2, t3");
  expect(problemLines(of(12))[2]).toBe("  t0, t1, t2 and 9 more");
});

const OPERATORS = Array.from({ length: 30 }, (_, k) => `OPERATOR_${k}`).join(", ");
const unknown = (index: number, kind: string): Problem =>
  problem(
    "MODEL_OP",
    `m.tflite: operator ${index} (${kind}), layer layer_${index}`,
    kind,
    `one of ${OPERATORS}`,
  );

test("the list of supported operators is said once, from the second refusal on", () => {
  const lines = problemLines([unknown(1, "WHERE"), unknown(4, "WHERE")]);
  expect(lines.join("\n").split(OPERATORS)).toHaveLength(2);
  expect(lines.at(-1)).toBe("  layer_1, layer_4");
  const more = Array.from({ length: 9 }, (_, k) => unknown(10 + k, "CAST"));
  expect(problemLines([unknown(1, "WHERE"), ...more]).slice(2)).toEqual([
    "  got WHERE: layer_1",
    "  got CAST, 9 times: layer_10, layer_11, layer_12 and 6 more",
  ]);
});

test("a page at most, whatever is wrong; what is left out is counted", () => {
  const kinds = Array.from({ length: 60 }, (_, k) => unknown(k, `KIND_${k}`));
  const shapes = Array.from({ length: 40 }, (_, k) =>
    problem("MODEL_SHAPE", `m.tflite: layer ${k}`, `[${k}]`, `[${k + 1}]`),
  );
  for (const [many, left] of [
    [kinds, 62 - 24],
    [shapes, 41 - 24],
    [[...shapes, ...kinds], 102 - 24],
  ] as const) {
    const lines = problemLines(many);
    expect(lines).toHaveLength(25);
    expect(lines.at(-1)).toBe(`… ${left} lines more; --json lists every problem.`);
  }
});

test("places of several files keep their names", () => {
  const other = problem("MODEL_QUANT", "n.tflite: d", "float32", "int8", "Quantise it.");
  expect(problemLines([quant("a"), quant("b"), other])[2]).toBe(
    "  m.tflite: a, m.tflite: b, n.tflite: d",
  );
});
