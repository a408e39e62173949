/** What the importer refuses of a tensor: its type, size and quantisation, in every role that it plays. */
import { expect, test } from "vitest";
import type { Problem } from "../../../../host/errors.ts";
import {
  constant,
  conv,
  curve,
  dense,
  depthwise,
  int8,
  int32,
  problemsOf,
  type Single,
  single,
} from "../../../support/single-operator.ts";
import { writeTflite } from "../../../support/tflite-writer.ts";

/** name, the broken model, then what its only problem says */
const CASES: readonly [string, Single, Partial<Problem>][] = [
  [
    "weights that an operator computes",
    conv({ operands: [int8("weights", [3, 3, 3, 2], { zeroPoints: [0] })] }),
    { code: "MODEL_QUANT", where: "tensor weights", got: "weights that are computed" },
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
    { code: "MODEL_QUANT", got: "2 scales", expected: "one or 3" },
  ],
  [
    "scales along an axis that is not there",
    depthwise({ operands: [constant("weights", [3, 4], { scales: [1, 2, 3, 4], axis: 3 })] }),
    { code: "MODEL_QUANT", where: "tensor weights", got: "4 scales", expected: "one" },
  ],
  [
    "more zero points than scales",
    curve({ input: int8("logits", [1, 4], { zeroPoints: [3, 3] }) }),
    { code: "MODEL_QUANT", got: "1 scales, 2 zero points", expected: "one" },
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
    { code: "MODEL_QUANT", got: "4 scales", expected: "one" },
  ],
  [
    "blockwise quantisation",
    dense({ operands: [constant("weights", [3, 8], { details: true })] }),
    { code: "MODEL_QUANT", where: "tensor weights", got: "custom or blockwise quantisation" },
  ],
  [
    "weights of uint8 over activations of int8",
    dense({ operands: [constant("weights", [3, 8], { type: "uint8" })] }),
    { code: "MODEL_OP", got: "FULLY_CONNECTED of int8 with uint8 weights" },
  ],
  [
    "int8 behind int16 activations",
    curve({ input: int8("logits", [1, 4], { type: "int16", zeroPoints: [0] }) }),
    { code: "MODEL_QUANT", got: "int8 activation", expected: "int16 activation" },
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
