/** Sound files of what the importer turns into other layers, which no graph is written as: for tests that break files. */
import { i32 } from "./flatbuffer-writer.ts";
import { int8, int32, several, single } from "./single-operator.ts";
import type { FileTensor, ModelFile } from "./tflite-writer.ts";

const pair = [[1, 3] as const, [1, 3] as const];

const float = (name: string, shape: readonly number[]): FileTensor => ({
  ...{ name, shape, type: "float32" },
});

/** Float32 edges with something between them and their QUANTIZE and DEQUANTIZE. */
const moved: ModelFile = {
  tensors: [
    float("samples", [6]),
    float("rows", [1, 6]),
    int8("row", [1, 6]),
    int8("positive", [1, 6]),
    float("real", [1, 6]),
    float("scores", [2, 3]),
    int32("to rows", [1, 6]),
    int32("to scores", [2, 3]),
  ],
  operators: [
    { kind: "RESHAPE", inputs: [0, 6], outputs: [1] },
    { kind: "QUANTIZE", inputs: [1], outputs: [2] },
    { kind: "RELU", inputs: [2], outputs: [3] },
    { kind: "DEQUANTIZE", inputs: [3], outputs: [4] },
    { kind: "RESHAPE", inputs: [4, 7], outputs: [5] },
  ],
  inputs: [0],
  outputs: [5],
};

export const CUT_MODELS: readonly ModelFile[] = [
  several("SPLIT", [int32("axis", [-1]), null], pair, [i32(2)]),
  several("SPLIT_V", [null, int32("sizes", [3, -1]), int32("axis", [1])], pair, [i32(2)]),
  several(
    ...(["UNPACK", [null], Array.from({ length: 6 }, () => [1]), [i32(6), i32(-1)]] as const),
  ),
  single({
    kind: "SLICE",
    input: int8("row", [2, 6]),
    operands: [int32("begin", [1, 2]), int32("size", [1, -1])],
    output: int8("piece", [1, 4]),
  }),
  single({
    kind: "PADV2",
    input: int8("row", [1, 6]),
    operands: [
      int32("paddings", [0, 0, 1, 2], { shape: [2, 2] }),
      int8("fill", [1], { data: Uint8Array.of(3) }),
    ],
    output: int8("padded", [1, 9]),
  }),
  moved,
];
