/** What the importer refuses, and in which words: operator, layer, reason, remedy. All problems of a model at once. */
import { expect, test } from "vitest";
import { type Problem, TwentyWattError } from "../../../../host/errors.ts";
import { importModel } from "../../../../host/importers/index.ts";
import { f32, i8, i32, u8 } from "../../../support/flatbuffer-writer.ts";
import {
  type FileOperator,
  type FileTensor,
  type ModelFile,
  writeTflite,
} from "../../../support/tflite-writer.ts";

async function problemsOf(bytes: Uint8Array): Promise<readonly Problem[]> {
  try {
    await importModel(bytes, "test.tflite");
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems;
    throw error;
  }
  return [];
}

const int8 = (name: string, shape: readonly number[], more: Partial<FileTensor> = {}) =>
  ({ name, shape, type: "int8", scales: [0.5], zeroPoints: [3], ...more }) as FileTensor;

const constant = (name: string, shape: readonly number[], more: Partial<FileTensor> = {}) =>
  int8(name, shape, {
    zeroPoints: [0],
    data: new Uint8Array(shape.reduce((n, d) => n * d, 1)).fill(1),
    ...more,
  });

const int32 = (name: string, values: readonly number[], more: Partial<FileTensor> = {}) =>
  ({
    name,
    shape: [values.length],
    type: "int32",
    data: new Uint8Array(Int32Array.from(values).buffer),
    ...more,
  }) as FileTensor;

/** One operator: its activations first, then the rest of its operands, then its output. */
type Single = {
  input: FileTensor;
  operands?: readonly FileTensor[];
  output: FileTensor;
  kind: FileOperator["kind"];
  options?: FileOperator["options"];
  custom?: string;
};

function single({ input, operands = [], output, kind, options, custom }: Single): ModelFile {
  const tensors = [input, ...operands, output];
  const inputs = tensors.slice(0, -1).map((_, k) => k);
  const last = tensors.length - 1;
  const operator: FileOperator = {
    kind,
    inputs,
    outputs: [last],
    ...(options && { options }),
    ...(custom !== undefined && { custom }),
  };
  // what is no constant comes from outside
  const open = inputs.filter((k) => k === 0 || (!tensors[k]?.data && !tensors[k]?.external));
  return { tensors, operators: [operator], inputs: open, outputs: [last] };
}

const SAME = i8(0);
const VALID = i8(1);
const conv = (more: Partial<Single> = {}): Single => ({
  kind: "CONV_2D",
  input: int8("image", [1, 4, 4, 2]),
  operands: [constant("weights", [3, 3, 3, 2]), int32("bias", [1, 2, 3])],
  output: int8("features", [1, 4, 4, 3]),
  options: [SAME, i32(1), i32(1), i8(0), i32(1), i32(1)],
  ...more,
});
const depthwise = (more: Partial<Single> = {}): Single => ({
  ...conv(),
  kind: "DEPTHWISE_CONV_2D",
  operands: [constant("weights", [1, 3, 3, 4]), int32("bias", [1, 2, 3, 4])],
  output: int8("features", [1, 4, 4, 4]),
  options: [SAME, i32(1), i32(1), i32(2), i8(0), i32(1), i32(1)],
  ...more,
});
const dense = (more: Partial<Single> = {}): Single => ({
  kind: "FULLY_CONNECTED",
  input: int8("flat", [1, 8]),
  operands: [constant("weights", [3, 8]), int32("bias", [1, 2, 3])],
  output: int8("scores", [1, 3]),
  options: [i8(0), i8(0), u8(0), u8(0)],
  ...more,
});
const pool = (more: Partial<Single> = {}): Single => ({
  kind: "AVERAGE_POOL_2D",
  input: int8("image", [1, 4, 4, 2]),
  output: int8("small", [1, 2, 2, 2]),
  options: [VALID, i32(2), i32(2), i32(2), i32(2), i8(0)],
  ...more,
});
const sum = (more: Partial<Single> = {}): Single => ({
  kind: "ADD",
  input: int8("a", [1, 4]),
  operands: [constant("b", [1, 4])],
  output: int8("sum", [1, 4]),
  options: [i8(0)],
  ...more,
});
const curve = (more: Partial<Single> = {}): Single => ({
  kind: "SOFTMAX",
  input: int8("logits", [1, 4]),
  output: int8("probabilities", [1, 4], { scales: [1 / 256], zeroPoints: [-128] }),
  options: [f32(1)],
  ...more,
});
const mean = (axes: readonly number[], more: Partial<Single> = {}): Single => ({
  kind: "MEAN",
  input: int8("image", [1, 4, 4, 2]),
  operands: [int32("axes", axes)],
  output: int8("means", [1, 2]),
  options: [u8(0)],
  ...more,
});
const pad = (paddings: readonly number[], more: Partial<Single> = {}): Single => ({
  kind: "PAD",
  input: int8("image", [1, 4]),
  operands: [int32("paddings", paddings)],
  output: int8("padded", [1, 6]),
  ...more,
});

test("the models that the cases below break are read", async () => {
  const sound = [conv(), depthwise(), dense(), pool(), sum(), curve(), mean([1, 2])];
  for (const model of [...sound, pad([0, 0, 1, 1])]) {
    expect(await problemsOf(writeTflite(single(model))), model.kind).toEqual([]);
  }
});

/** name, the broken model, then what its only problem says */
const CASES: readonly [string, Single, Partial<Problem>][] = [
  [
    "an operator without a kernel",
    { ...curve(), kind: "HARD_SWISH" },
    {
      code: "MODEL_OP",
      where: "operator 0 (HARD_SWISH), layer probabilities",
      got: "HARD_SWISH",
      expected: expect.stringContaining("CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED"),
      remedy: expect.stringContaining("re-export the model without this one"),
    },
  ],
  [
    "an operator beyond code 127",
    { ...curve(), kind: "GELU" },
    { code: "MODEL_OP", where: "operator 0 (GELU), layer probabilities" },
  ],
  [
    "a custom operator",
    { ...curve(), kind: "CUSTOM", custom: "TFLite_Detection" },
    { code: "MODEL_OP", got: 'custom operator "TFLite_Detection"' },
  ],
  [
    "a fused activation without a kernel",
    conv({ options: [SAME, i32(1), i32(1), i8(4), i32(1), i32(1)] }),
    {
      code: "MODEL_OP",
      where: "operator 0 (CONV_2D), layer features",
      got: "fused TANH",
      expected: "NONE, RELU, RELU6 or RELU_N1_TO_1",
    },
  ],
  [
    "an unknown fused activation",
    sum({ options: [i8(77)] }),
    { code: "MODEL_OP", got: "fused activation 77" },
  ],
  [
    "more than one image",
    conv({ input: int8("image", [2, 4, 4, 2]), output: int8("features", [2, 4, 4, 3]) }),
    {
      code: "MODEL_SHAPE",
      got: "input [2,4,4,2]",
      expected: "[1, height, width, channels]",
      remedy: expect.stringContaining("batch size 1"),
    },
  ],
  [
    "a grouped convolution",
    conv({ operands: [constant("weights", [3, 3, 3, 1]), int32("bias", [1, 2, 3])] }),
    {
      code: "MODEL_SHAPE",
      got: "weights [3,3,3,1]",
      remedy: expect.stringContaining("Grouped convolutions"),
    },
  ],
  [
    "weights of another rank",
    conv({ operands: [constant("weights", [3, 2]), int32("bias", [1, 2, 3])] }),
    { code: "MODEL_SHAPE", got: "weights [3,2]", expected: "4 dimensions" },
  ],
  [
    "weights that an operator computes",
    conv({ operands: [int8("weights", [3, 3, 3, 2], { zeroPoints: [0] })] }),
    { code: "MODEL_QUANT", where: "tensor weights", got: "weights that are computed" },
  ],
  [
    "asymmetric weights",
    depthwise({ operands: [constant("weights", [1, 3, 3, 4], { zeroPoints: [2] })] }),
    { code: "MODEL_QUANT", got: "weights with zero point 2", expected: "zero point 0" },
  ],
  [
    "int4 weights",
    conv({ operands: [constant("weights", [3, 3, 3, 2], { type: "int4" })] }),
    {
      code: "MODEL_QUANT",
      where: "tensor weights",
      got: "int4 weights",
      remedy: "Quantise weights to int8.",
    },
  ],
  [
    "float32 weights",
    conv({ operands: [constant("weights", [3, 3, 3, 2], { type: "float32" })] }),
    { code: "MODEL_QUANT", got: "float32 weights", expected: "int8 weights" },
  ],
  [
    "scales along the wrong axis",
    depthwise({
      operands: [constant("weights", [1, 3, 3, 4], { scales: [1, 2, 3, 4], axis: 0 })],
    }),
    { code: "MODEL_QUANT", got: "scales along axis 0", expected: "along axis 3" },
  ],
  [
    "too few scales",
    conv({ operands: [constant("weights", [3, 3, 3, 2], { scales: [1, 2], axis: 0 })] }),
    { code: "MODEL_QUANT", got: "2 scales, 1 zero points", expected: "one or 3" },
  ],
  [
    "a bias of another length",
    conv({ operands: [constant("weights", [3, 3, 3, 2]), int32("bias", [1, 2])] }),
    { code: "MODEL_QUANT", where: "tensor bias", expected: "constant int32 [3]" },
  ],
  [
    "a bias in int64",
    conv({
      operands: [constant("weights", [3, 3, 3, 2]), int32("bias", [1, 2, 3], { type: "int64" })],
    }),
    { code: "MODEL_QUANT", got: "int64 [3]", expected: "constant int32 [3]" },
  ],
  [
    "a stride of zero",
    conv({ options: [SAME, i32(0), i32(1), i8(0), i32(1), i32(1)] }),
    { code: "MODEL_SHAPE", got: expect.stringContaining("stride 1,0") },
  ],
  [
    "a padding scheme that does not exist",
    conv({ options: [i8(9), i32(1), i32(1), i8(0), i32(1), i32(1)] }),
    { code: "MODEL_SHAPE", got: expect.stringContaining("padding 9") },
  ],
  [
    "a window larger than the image",
    conv({ options: [VALID, i32(1), i32(1), i8(0), i32(9), i32(1)] }),
    { code: "MODEL_SHAPE", expected: "a positive size" },
  ],
  [
    "an output of another shape",
    conv({ output: int8("features", [1, 2, 4, 3]) }),
    {
      code: "MODEL_SHAPE",
      got: "output [1,2,4,3]",
      expected: "[1,4,4,3] for these inputs and options",
    },
  ],
  [
    "a channel count that is no multiple of the input's",
    depthwise({ operands: [constant("weights", [1, 3, 3, 3])] }),
    { code: "MODEL_SHAPE", got: "weights [1,3,3,3]", expected: "[1, height, width, k · 2]" },
  ],
  [
    "an input that is no whole number of rows",
    dense({ input: int8("flat", [1, 9]) }),
    { code: "MODEL_SHAPE", got: "input of 9 values, weights [3,8]", expected: "whole rows" },
  ],
  [
    "shuffled weights",
    dense({ options: [i8(0), i8(1), u8(0), u8(0)] }),
    { code: "MODEL_OP", got: "shuffled weights" },
  ],
  [
    "per-channel weights with a zero point",
    dense({
      operands: [constant("weights", [3, 8], { scales: [1, 2, 3], zeroPoints: [0, 1, 0] })],
    }),
    { code: "MODEL_QUANT", got: "weights with zero point 1" },
  ],
  [
    "operands that do not broadcast",
    sum({ operands: [constant("b", [1, 3])] }),
    { code: "MODEL_SHAPE", got: "[1,4] and [1,3]", expected: "shapes that broadcast" },
  ],
  [
    "an operand too few",
    sum({ operands: [] }),
    { code: "MODEL_FORMAT", got: "1 inputs, 1 outputs", expected: "2 inputs, 1 output" },
  ],
  [
    "an operand too many",
    curve({ operands: [constant("extra", [1])] }),
    { code: "MODEL_FORMAT", got: "2 inputs, 1 outputs", expected: "1 inputs, 1 output" },
  ],
  [
    "weights left out",
    conv({ operands: [] }),
    { code: "MODEL_FORMAT", got: "no weights", expected: "weights as operand 1" },
  ],
  [
    "a pool that rescales",
    pool({ output: int8("small", [1, 2, 2, 2], { scales: [0.25] }) }),
    { code: "MODEL_QUANT", expected: "the same scale and zero point" },
  ],
  [
    "a concatenation that rescales",
    sum({ kind: "CONCATENATION", options: [i32(1), i8(0)], output: int8("both", [1, 8]) }),
    { code: "MODEL_QUANT", expected: "the same scale and zero point" },
  ],
  [
    "a concatenation along no axis of its operands",
    sum({ kind: "CONCATENATION", options: [i32(2), i8(0)] }),
    { code: "MODEL_SHAPE", got: "axis 2 of [1,4] [1,4]" },
  ],
  [
    "a concatenation with an activation",
    sum({ kind: "CONCATENATION", options: [i32(1), i8(1)] }),
    { code: "MODEL_OP", got: "fused RELU", expected: "NONE" },
  ],
  [
    "means over channels",
    mean([3]),
    { code: "MODEL_OP", got: "axes 3", expected: "constant axes 1 and 2" },
  ],
  [
    "means of another shape",
    mean([1]),
    { code: "MODEL_SHAPE", got: "output [1,2]", expected: "[1,1,4,2] or [1,4,2]" },
  ],
  [
    "a reshape to more elements",
    curve({ kind: "RESHAPE", output: int8("shaped", [5]) }),
    { code: "MODEL_SHAPE", got: "[1,4] to [5]" },
  ],
  ["a softmax without beta", curve({ options: [] }), { code: "MODEL_OP", got: "beta 0" }],
  [
    "a softmax of another scale",
    curve({ output: int8("probabilities", [1, 4]) }),
    {
      code: "MODEL_QUANT",
      got: "output scale 0.5, zero point 3",
      expected: "scale 1/256, zero point -128",
    },
  ],
  [
    "a slope that is no number",
    curve({ kind: "LEAKY_RELU", options: [f32(Number.NaN)] }),
    { code: "MODEL_OP", got: "alpha NaN" },
  ],
  ["negative paddings", pad([0, 0, -1, 3]), { code: "MODEL_OP", got: "paddings 0,0,-1,3" }],
  [
    "paddings for another rank",
    pad([1, 1]),
    { code: "MODEL_OP", got: "paddings 1,1", expected: "[2, 2] constants" },
  ],
  [
    "padding with another value",
    pad([0, 0, 1, 1], {
      kind: "PADV2",
      operands: [
        int32("paddings", [0, 0, 1, 1]),
        constant("fill", [], { zeroPoints: [3], data: Uint8Array.of(128) }),
      ],
    }),
    { code: "MODEL_OP", got: "a padding value of -128", expected: "the zero point 3" },
  ],
  [
    "a zero point that int8 does not hold",
    curve({ input: int8("logits", [1, 4], { zeroPoints: [200] }) }),
    { code: "MODEL_QUANT", got: "zero point 200" },
  ],
  [
    "a scale that is not positive",
    curve({ input: int8("logits", [1, 4], { scales: [-1] }) }),
    { code: "MODEL_QUANT", where: "tensor logits", got: "scale -1" },
  ],
  [
    "no quantisation",
    { ...curve(), input: { name: "logits", shape: [1, 4], type: "int8" } },
    { code: "MODEL_QUANT", got: "no quantisation" },
  ],
  [
    "activations with a scale for each channel",
    curve({ input: int8("logits", [1, 4], { scales: [1, 2, 3, 4], axis: 1 }) }),
    { code: "MODEL_QUANT", got: "4 scales, 1 zero points", expected: "one" },
  ],
  [
    "blockwise quantisation",
    dense({ operands: [constant("weights", [3, 8], { details: true })] }),
    { code: "MODEL_QUANT", where: "tensor weights", got: "custom or blockwise quantisation" },
  ],
  [
    "uint8 activations",
    curve({ input: int8("logits", [1, 4], { type: "uint8" }) }),
    {
      code: "MODEL_QUANT",
      got: "uint8 activation",
      remedy: expect.stringContaining("inference_input_type"),
    },
  ],
  [
    "int16 activations",
    curve({ input: int8("logits", [1, 4], { type: "int16" }) }),
    { code: "MODEL_QUANT", got: "int16 activation", remedy: expect.stringContaining("16x8") },
  ],
  [
    "a dimension that is open",
    curve({ input: int8("logits", [1, 4], { signature: [-1, -1] }) }),
    {
      code: "MODEL_SHAPE",
      got: "a dynamic shape",
      remedy: "Re-export the model with static shapes.",
    },
  ],
  [
    "a dimension of zero",
    curve({ input: int8("logits", [0, 4]) }),
    { code: "MODEL_SHAPE", got: "shape [0,4]", expected: expect.stringContaining("positive") },
  ],
  [
    "a tensor beyond all bounds",
    curve({ input: int8("logits", [2 ** 30, 2 ** 30]) }),
    { code: "MODEL_SHAPE", got: "shape [1073741824,1073741824]" },
  ],
  [
    "constants of another size than their shape",
    dense({ operands: [constant("weights", [3, 8], { data: new Uint8Array(23) })] }),
    { code: "MODEL_FORMAT", got: "23 bytes", expected: "24 for shape [3,8]" },
  ],
  [
    "a variable tensor",
    curve({ input: int8("logits", [1, 4], { variable: true }) }),
    { code: "MODEL_QUANT", got: "a variable tensor", expected: "a plain tensor" },
  ],
  [
    "sparse weights",
    dense({ operands: [constant("weights", [3, 8], { sparse: true })] }),
    { code: "MODEL_QUANT", where: "tensor weights", got: "sparse storage" },
  ],
  [
    "weights in another file",
    dense({ operands: [constant("weights", [3, 8], { data: null, external: 1 })] }),
    { code: "MODEL_QUANT", where: "tensor weights", got: "contents in another file" },
  ],
  [
    "a constant that is to be computed",
    curve({ output: constant("probabilities", [1, 4], { scales: [1 / 256], zeroPoints: [-128] }) }),
    { code: "MODEL_FORMAT", got: "a constant output" },
  ],
];

for (const [name, model, expected] of CASES) {
  test(name, async () => {
    const problems = await problemsOf(writeTflite(single(model)));
    expect(problems).toEqual([expect.objectContaining(expected)]);
    const [problem] = problems;
    expect(problem?.remedy.length).toBeGreaterThan(10);
  });
}

test("a tensor is judged in every role it plays", async () => {
  const file = single(conv());
  file.tensors.push(int8("features_2", [1, 4, 4, 3]), int8("features_3", [1, 4, 4, 3]));
  // the weights as a bias, the bias as weights, the image as weights
  file.operators.push(
    { kind: "CONV_2D", inputs: [0, 1, 1], outputs: [4], options: conv().options ?? [] },
    { kind: "CONV_2D", inputs: [0, 2], outputs: [5], options: conv().options ?? [] },
  );
  file.outputs = [3, 4, 5];
  const problems = await problemsOf(writeTflite(file));
  expect(problems.map(({ where, got }) => `${where}: ${got}`)).toEqual([
    "tensor weights: int8 [3,3,3,2]",
    "tensor bias: int32 weights",
  ]);
  file.operators.splice(1, 2, {
    kind: "CONV_2D",
    inputs: [3, 0, 2],
    outputs: [4],
    options: conv().options ?? [],
  });
  file.outputs = [4];
  const [problem] = await problemsOf(writeTflite(file));
  expect(problem).toMatchObject({ where: "tensor image", got: "weights that are computed" });
});

test("means over axes that come from outside", async () => {
  const axes: FileTensor = { name: "axes", shape: [2], type: "int32" };
  const problems = await problemsOf(writeTflite(single(mean([], { operands: [axes] }))));
  expect(problems.map(({ got }) => got)).toEqual(["int32 activation", "axes that are computed"]);
});

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
  file.operators.push({ kind: "TRANSPOSE", inputs: [3], outputs: [4] });
  file.operators.push({ kind: "RELU", inputs: [4], outputs: [5] });
  file.outputs = [5];
  const problems = await problemsOf(writeTflite(file));
  expect(problems.map(({ code, where }) => `${code} ${where}`)).toEqual([
    "MODEL_OP operator 0 (CONV_2D), layer features",
    "MODEL_OP operator 1 (TRANSPOSE), layer moved",
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
  expect(await says(new TextEncoder().encode("<html>not a model"))).toEqual([
    "bytes 3c 68 74 6d 6c 3e 6e 6f …",
  ]);
});
