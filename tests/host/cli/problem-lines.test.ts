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

test("what was found may differ; no place is lost", () => {
  expect(problemLines([quant("a"), quant("b", "int16"), quant("c")])).toEqual([
    "3 problems of one kind:",
    "MODEL_QUANT: m.tflite: 3 places, expected int8. Quantise it.",
    "  got float32: a, c",
    "  got int16: b",
  ]);
});

test("places of several files keep their names", () => {
  const other = problem("MODEL_QUANT", "n.tflite: d", "float32", "int8", "Quantise it.");
  expect(problemLines([quant("a"), quant("b"), other])[2]).toBe(
    "  m.tflite: a, m.tflite: b, n.tflite: d",
  );
});
