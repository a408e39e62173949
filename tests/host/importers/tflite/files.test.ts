/** What the importer refuses of a whole file: float models, wrong order, damage. All problems of a model at once. */
import { expect, test } from "vitest";
import { f32, i8, i32 } from "../../../support/flatbuffer-writer.ts";
import {
  constant,
  conv,
  dense,
  int8,
  problemsOf,
  SAME,
  single,
} from "../../../support/single-operator.ts";
import {
  type FileOperator,
  type FileTensor,
  type ModelFile,
  writeTflite,
} from "../../../support/tflite-writer.ts";

test("a DEQUANTIZE of nothing", async () => {
  const float: FileTensor = { name: "real", shape: [4], type: "float32" };
  const file: ModelFile = {
    tensors: [int8("a", [4]), float],
    operators: [{ kind: "DEQUANTIZE", inputs: [-1], outputs: [1] }],
    inputs: [0],
    outputs: [0, 1],
  };
  expect(await problemsOf(writeTflite(file))).toContainEqual(
    expect.objectContaining({
      where: "operator 0 (DEQUANTIZE), layer real",
      got: "nothing to float32",
    }),
  );
});

test("a float model: the advice to quantise, for every layer at once", async () => {
  const float = { type: "float32", scales: [], zeroPoints: [] } as const;
  const file = single(
    dense({
      input: int8("flat", [1, 8], float),
      operands: [constant("weights", [3, 8], { ...float, data: new Uint8Array(96) })],
      output: int8("scores", [1, 3], float),
    }),
  );
  file.operators.push({ kind: "SOFTMAX", inputs: [2], outputs: [3], options: [f32(1)] });
  file.tensors.push(int8("probabilities", [1, 3], float));
  file.outputs = [3];
  const problems = await problemsOf(writeTflite(file));
  expect(problems.map(({ where, got }) => `${where}: ${got}`)).toEqual([
    "tensor flat: float32 without QUANTIZE or DEQUANTIZE at this edge",
    "operator 0 (FULLY_CONNECTED), layer scores: float32 activations",
    "operator 1 (SOFTMAX), layer probabilities: float32 activations",
    "tensor probabilities: float32 without QUANTIZE or DEQUANTIZE at this edge",
  ]);
  for (const { code, remedy } of problems) {
    expect(code).toBe("MODEL_QUANT");
    expect(remedy).toContain("full int8 quantisation");
  }
});

test("a hybrid model is called one", async () => {
  const float = { type: "float32", scales: [], zeroPoints: [] } as const;
  const file = single(
    dense({ input: int8("flat", [1, 8], float), output: int8("scores", [1, 3], float) }),
  );
  const problems = await problemsOf(writeTflite(file));
  expect(problems).toContainEqual(
    expect.objectContaining({
      code: "MODEL_QUANT",
      got: "a hybrid layer: float32 activations with int8 weights",
      remedy: expect.stringContaining("representative dataset"),
    }),
  );
});

test("all problems of a model at once, before anything is compiled", async () => {
  const file = single(conv({ options: [SAME, i32(1), i32(1), i8(4), i32(1), i32(1)] }));
  file.tensors.push(int8("moved", [1, 4, 3, 4]), int8("odd", [1, 4, 3, 5]));
  file.operators.push({ kind: "CAST", inputs: [3], outputs: [4] });
  file.operators.push({ kind: "RELU", inputs: [4], outputs: [5] });
  file.outputs = [5];
  const problems = await problemsOf(writeTflite(file));
  expect(problems.map(({ code, where }) => `${code} ${where}`)).toEqual([
    "MODEL_OP operator 0 (CONV_2D), layer features",
    "MODEL_OP operator 1 (CAST), layer moved",
    "MODEL_SHAPE operator 2 (RELU), layer odd",
  ]);
});

test("operators out of order, tensors computed twice or never", async () => {
  const relu = (from: number, to: number): FileOperator => ({
    kind: "RELU",
    inputs: [from],
    outputs: [to],
  });
  const tensors = ["a", "b", "c", "d"].map((name) => int8(name, [4]));
  const file = (operators: FileOperator[], inputs: number[], outputs: number[]) =>
    problemsOf(writeTflite({ tensors, operators, inputs, outputs }));
  const says = (got: string) => [expect.objectContaining({ code: "MODEL_FORMAT", got })];
  expect(await file([relu(1, 2), relu(0, 1)], [0], [2])).toEqual(says("b before it is computed"));
  expect(await file([relu(0, 1), relu(0, 1)], [0], [1])).toEqual(says("b computed twice"));
  expect(await file([relu(0, 0)], [0], [0])).toEqual(says("a computed twice"));
  expect(await file([relu(0, 1)], [0], [3])).toEqual(says("nothing that computes it"));
  expect(await file([relu(0, 1)], [0, 0], [1])).toEqual(says("it twice"));
  expect(await file([relu(0, 1)], [0], [])).toEqual(says("no outputs"));
});

test("inputs that pass through and constants are fine outputs", async () => {
  const tensors = [int8("a", [4]), constant("b", [2])];
  const file = { tensors, operators: [], inputs: [0], outputs: [0, 1] };
  expect(await problemsOf(writeTflite(file))).toEqual([]);
  expect(await problemsOf(writeTflite({ ...file, inputs: [1], outputs: [1] }))).toEqual([
    expect.objectContaining({ code: "MODEL_FORMAT", where: "input b", got: "a constant" }),
  ]);
});

test("files of another form", async () => {
  const file = single(dense());
  const says = async (bytes: Uint8Array) => (await problemsOf(bytes)).map(({ got }) => got);
  expect(await says(writeTflite({ ...file, version: 2 }))).toEqual(["schema version 2"]);
  expect(await says(writeTflite({ ...file, subgraphs: 2 }))).toEqual(["2 subgraphs"]);
  expect(await says(writeTflite({ ...file, outputs: [9] }))).toEqual(["tensor 9"]);
  expect(await says(writeTflite(file).subarray(0, 200))).toEqual([
    expect.stringContaining("beyond the end of 200 bytes"),
  ]);
  expect(await says(new Uint8Array())).toEqual(["an empty file"]);
  expect(await says(new TextEncoder().encode("\0html>not a model"))).toEqual([
    "bytes 00 68 74 6d 6c 3e 6e 6f …",
  ]);
});
