/** What the importer refuses of an operator, and in which words: operator, layer, reason, remedy. */
import { expect, test } from "vitest";
import type { Problem } from "../../../../host/errors.ts";
import { f32, i8, i32, u8 } from "../../../support/flatbuffer-writer.ts";
import {
  constant,
  conv,
  curve,
  dense,
  depthwise,
  int8,
  int32,
  mean,
  pad,
  pool,
  problemsOf,
  SAME,
  type Single,
  single,
  sum,
  VALID,
} from "../../../support/single-operator.ts";
import { type FileTensor, writeTflite } from "../../../support/tflite-writer.ts";

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
    { ...curve(), kind: "LOG_SOFTMAX" },
    {
      code: "MODEL_OP",
      where: "operator 0 (LOG_SOFTMAX), layer probabilities",
      got: "LOG_SOFTMAX",
      expected: expect.stringContaining("CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED"),
      remedy: expect.stringContaining("export the model again without this one"),
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
    "asymmetric weights",
    depthwise({ operands: [constant("weights", [1, 3, 3, 4], { zeroPoints: [2] })] }),
    { code: "MODEL_QUANT", got: "weights with zero point 2", expected: "zero point 0" },
  ],
  [
    "a stride of zero",
    conv({ options: [SAME, i32(0), i32(1), i8(0), i32(1), i32(1)] }),
    { code: "MODEL_SHAPE", got: "stride 1,0", expected: "whole numbers from 1 to 4096" },
  ],
  [
    "a padding scheme that does not exist",
    conv({ options: [i8(9), i32(1), i32(1), i8(0), i32(1), i32(1)] }),
    { code: "MODEL_SHAPE", got: "padding 9", expected: "0 for SAME or 1 for VALID" },
  ],
  [
    "a window larger than the image",
    conv({ options: [VALID, i32(1), i32(1), i8(0), i32(9), i32(1)] }),
    {
      code: "MODEL_SHAPE",
      got: "a window of 3×19 over [1,4,4,2], padding 0,0,0,0",
      expected: "windows that fit, padding smaller than the window",
    },
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
    "a bias that counts in another scale",
    dense({
      operands: [constant("weights", [3, 8]), int32("bias", [1, 2, 3], { scales: [0.3] })],
    }),
    {
      code: "MODEL_QUANT",
      got: "a bias of scale 0.30000001192092896",
      expected: "0.25, the input's scale times the weights'",
    },
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
    sum({
      kind: "CONCATENATION",
      operands: [constant("b", [1, 4], { zeroPoints: [3] })],
      options: [i32(2), i8(0)],
    }),
    { code: "MODEL_SHAPE", got: "axis 2 of [1,4] [1,4]" },
  ],
  [
    "a concatenation of different ranks",
    sum({
      kind: "CONCATENATION",
      operands: [constant("b", [4], { zeroPoints: [3] })],
      output: int8("both", [2, 4]),
      options: [i32(0), i8(0)],
    }),
    { code: "MODEL_SHAPE", got: "axis 0 of [1,4] [4]" },
  ],
  [
    "a concatenation with an activation",
    sum({ kind: "CONCATENATION", options: [i32(1), i8(1)] }),
    { code: "MODEL_OP", got: "fused RELU", expected: "NONE" },
  ],
  [
    "means over channels that keep them",
    mean([3]),
    {
      code: "MODEL_SHAPE",
      got: "output [1,2]",
      expected: "[1,4,4,1] or [1,4,4] for these inputs and options",
    },
  ],
  [
    "means of another shape",
    mean([1]),
    {
      code: "MODEL_SHAPE",
      got: "output [1,2]",
      expected: "[1,1,4,2] or [1,4,2] for these inputs and options",
    },
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
  [
    "negative paddings",
    pad([0, 0, -1, 3]),
    { code: "MODEL_OP", got: "before 0,-1", expected: "integers from 0 to 65536" },
  ],
  [
    "paddings for another rank",
    pad([1, 1]),
    { code: "MODEL_OP", got: "paddings before 1 and after 1 axes", expected: "2 axes" },
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
test("means over axes that come from outside", async () => {
  const axes: FileTensor = { name: "axes", shape: [2], type: "int32" };
  const problems = await problemsOf(writeTflite(single(mean([], { operands: [axes] }))));
  expect(problems.map(({ got }) => got)).toEqual(["int32 activation", "axes that are computed"]);
});
