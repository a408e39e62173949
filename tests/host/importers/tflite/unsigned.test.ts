/** Networks of uint8: what is read, and what is refused with its reason. The bytes: tests/conformance/unsigned.test.ts. */
import { expect, test } from "vitest";
import { importModel } from "../../../../host/importers/index.ts";
import {
  constant,
  conv,
  dense,
  int8,
  int32,
  mean,
  problemsOf,
  single,
} from "../../../support/single-operator.ts";
import { type FileTensor, writeTflite } from "../../../support/tflite-writer.ts";

const uint8 = (name: string, shape: readonly number[], more: Partial<FileTensor> = {}) =>
  int8(name, shape, { type: "uint8", zeroPoints: [131], ...more });
const weights = (shape: readonly number[], more: Partial<FileTensor> = {}) =>
  constant("weights", shape, { type: "uint8", zeroPoints: [120], ...more });
const old = dense({
  input: uint8("flat", [1, 8]),
  operands: [weights([3, 8]), int32("bias", [1, 2, 3])],
  output: uint8("scores", [1, 3]),
});

test("edges keep their type, names and quantisation; inside is int8 of a zero point 128 less", async () => {
  const graph = await importModel(writeTflite(single(old)), "old.tflite");
  if (graph.kind !== "layered") throw new Error("a spiking graph");
  const seen = (t: number | undefined) => {
    const { name, dtype, quantization } = graph.tensors[t ?? -1] ?? {};
    return [name, dtype, quantization?.zeroPoints[0]];
  };
  expect(graph.inputs.map(({ tensor, edge }) => [...seen(tensor), edge])).toEqual([
    ["flat", "u8", 131, "u8"],
  ]);
  expect(graph.outputs.map(({ tensor, edge }) => [...seen(tensor), edge])).toEqual([
    ["scores", "u8", 131, "u8"],
  ]);
  expect(graph.nodes.map(({ kind, inputs }) => [kind, ...inputs.slice(0, 2).map(seen)])).toEqual([
    ["QUANTIZE", ["flat", "u8", 131]],
    ["FULLY_CONNECTED", ["flat/int8", "i8", 3], ["weights", "u8", 120]],
    ["QUANTIZE", ["scores/int8", "i8", 3]],
  ]);
});

test.each([
  [
    "weights of int8",
    dense({ ...old, operands: [constant("weights", [3, 8]), int32("bias", [1, 2, 3])] }),
    "FULLY_CONNECTED of uint8 with int8 weights",
  ],
  [
    "a sum, which TensorFlow Lite computes in float32",
    {
      ...mean([1, 2]),
      kind: "SUM" as const,
      input: uint8("image", [1, 4, 4, 2]),
      output: uint8("sums", [1, 2]),
    },
    "SUM of uint8",
  ],
  [
    "weights with a scale for each channel",
    dense({
      ...old,
      operands: [
        weights([3, 8], { scales: [1, 2, 3], zeroPoints: [1, 2, 3] }),
        int32("bias", [1, 2, 3]),
      ],
    }),
    "3 scales",
  ],
  [
    "weights of a zero point below 0",
    dense({ ...old, operands: [weights([3, 8], { zeroPoints: [-1] }), int32("bias", [1, 2, 3])] }),
    "zero point -1",
  ],
  [
    "a bias of another scale",
    conv({
      input: uint8("image", [1, 4, 4, 2]),
      operands: [weights([3, 3, 3, 2]), int32("bias", [1, 2, 3], { scales: [7], zeroPoints: [0] })],
      output: uint8("features", [1, 4, 4, 3]),
    }),
    "a bias of scale 7",
  ],
])("%s: refused by name", async (_, model, got) => {
  expect((await problemsOf(writeTflite(single(model)))).map((problem) => problem.got)).toEqual([
    got,
  ]);
});

test("float32 edges: the host converts to the int8 that stands for the uint8", async () => {
  const file = single(old);
  const float = (name: string, shape: readonly number[]): FileTensor => ({
    name,
    shape,
    type: "float32",
  });
  const [first] = file.outputs;
  const input = file.tensors.push(float("samples", [1, 8])) - 1;
  const output = file.tensors.push(float("results", [1, 3])) - 1;
  const graph = await importModel(
    writeTflite({
      ...{ ...file, inputs: [input], outputs: [output] },
      operators: [
        { kind: "QUANTIZE", inputs: [input], outputs: [0] },
        ...file.operators,
        { kind: "DEQUANTIZE", inputs: [first ?? -1], outputs: [output] },
      ],
    }),
    "old.tflite",
  );
  if (graph.kind !== "layered") throw new Error("a spiking graph");
  expect(graph.nodes.map(({ kind }) => kind)).toEqual(["FULLY_CONNECTED"]);
  const ports = [...graph.inputs, ...graph.outputs].map(({ tensor, edge }) => {
    const { dtype, quantization } = graph.tensors[tensor] ?? {};
    return [edge, dtype, quantization?.zeroPoints[0]];
  });
  expect(ports).toEqual([
    ["f32", "i8", 3],
    ["f32", "i8", 3],
  ]);
});

test.each([
  ["SUM", "in float32"],
  ["ABS", "no ABS of uint8"],
  ["DIV", "one step more than 0 for 0 / x"],
] as const)("%s: why TensorFlow Lite's kernel of uint8 is none of these", async (kind, why) => {
  const [input, output] = [uint8("image", [1, 4, 4, 2]), uint8("result", [1, 4, 4, 2])];
  const [problem] = await problemsOf(writeTflite(single({ kind, input, output })));
  expect(problem).toMatchObject({
    ...{ code: "MODEL_OP", got: `${kind} of uint8`, expected: expect.stringContaining(why) },
  });
});

test("NEG: no kernel of TensorFlow Lite, Micro or not, negates quantised numbers", async () => {
  const [input, output] = [int8("a", [1, 4]), int8("b", [1, 4])];
  const problems = await problemsOf(writeTflite(single({ kind: "NEG", input, output })));
  expect(problems).toMatchObject([
    {
      ...{ code: "MODEL_OP", got: "NEG" },
      expected: expect.stringContaining("negates quantised numbers"),
      remedy: expect.stringContaining("MUL and SUB"),
    },
  ]);
});
