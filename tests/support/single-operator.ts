/** .tflite files of one operator, and what the importer says about them: sound ones, for tests to break. */
import { type Problem, TwentyWattError } from "../../host/errors.ts";
import { importModel } from "../../host/importers/index.ts";
import { f32, i8, i32, u8 } from "./flatbuffer-writer.ts";
import type { FileOperator, FileTensor, ModelFile } from "./tflite-writer.ts";

export async function problemsOf(bytes: Uint8Array): Promise<readonly Problem[]> {
  try {
    await importModel(bytes, "test.tflite");
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems;
    throw error;
  }
  return [];
}

export const int8 = (name: string, shape: readonly number[], more: Partial<FileTensor> = {}) =>
  ({ name, shape, type: "int8", scales: [0.5], zeroPoints: [3], ...more }) as FileTensor;

export const constant = (name: string, shape: readonly number[], more: Partial<FileTensor> = {}) =>
  int8(name, shape, {
    zeroPoints: [0],
    data: new Uint8Array(shape.reduce((n, d) => n * d, 1)).fill(1),
    ...more,
  });

export const int32 = (name: string, values: readonly number[], more: Partial<FileTensor> = {}) =>
  ({
    name,
    shape: [values.length],
    type: "int32",
    data: new Uint8Array(Int32Array.from(values).buffer),
    ...more,
  }) as FileTensor;

/** One operator: its activations first, then the rest of its operands, then its output. */
export type Single = {
  input: FileTensor;
  operands?: readonly FileTensor[];
  output: FileTensor;
  kind: FileOperator["kind"];
  options?: FileOperator["options"];
  custom?: string;
};

export function single({ input, operands = [], output, kind, options, custom }: Single): ModelFile {
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

export const SAME = i8(0);
export const VALID = i8(1);
export const conv = (more: Partial<Single> = {}): Single => ({
  kind: "CONV_2D",
  input: int8("image", [1, 4, 4, 2]),
  operands: [constant("weights", [3, 3, 3, 2]), int32("bias", [1, 2, 3])],
  output: int8("features", [1, 4, 4, 3]),
  options: [SAME, i32(1), i32(1), i8(0), i32(1), i32(1)],
  ...more,
});
export const depthwise = (more: Partial<Single> = {}): Single => ({
  ...conv(),
  kind: "DEPTHWISE_CONV_2D",
  operands: [constant("weights", [1, 3, 3, 4]), int32("bias", [1, 2, 3, 4])],
  output: int8("features", [1, 4, 4, 4]),
  options: [SAME, i32(1), i32(1), i32(2), i8(0), i32(1), i32(1)],
  ...more,
});
export const dense = (more: Partial<Single> = {}): Single => ({
  kind: "FULLY_CONNECTED",
  input: int8("flat", [1, 8]),
  operands: [constant("weights", [3, 8]), int32("bias", [1, 2, 3])],
  output: int8("scores", [1, 3]),
  options: [i8(0), i8(0), u8(0), u8(0)],
  ...more,
});
export const pool = (more: Partial<Single> = {}): Single => ({
  kind: "AVERAGE_POOL_2D",
  input: int8("image", [1, 4, 4, 2]),
  output: int8("small", [1, 2, 2, 2]),
  options: [VALID, i32(2), i32(2), i32(2), i32(2), i8(0)],
  ...more,
});
export const sum = (more: Partial<Single> = {}): Single => ({
  kind: "ADD",
  input: int8("a", [1, 4]),
  operands: [constant("b", [1, 4])],
  output: int8("sum", [1, 4]),
  options: [i8(0)],
  ...more,
});
export const curve = (more: Partial<Single> = {}): Single => ({
  kind: "SOFTMAX",
  input: int8("logits", [1, 4]),
  output: int8("probabilities", [1, 4], { scales: [1 / 256], zeroPoints: [-128] }),
  options: [f32(1)],
  ...more,
});
export const mean = (axes: readonly number[], more: Partial<Single> = {}): Single => ({
  kind: "MEAN",
  input: int8("image", [1, 4, 4, 2]),
  operands: [int32("axes", axes)],
  output: int8("means", [1, 2]),
  options: [u8(0)],
  ...more,
});
export const pad = (paddings: readonly number[], more: Partial<Single> = {}): Single => ({
  kind: "PAD",
  input: int8("image", [1, 4]),
  operands: [int32("paddings", paddings)],
  output: int8("padded", [1, 6]),
  ...more,
});

/** One operator that cuts [1,6] into several outputs; null stands for that operand. */
export const several = (
  kind: "SPLIT" | "SPLIT_V" | "UNPACK",
  operands: readonly (FileTensor | null)[],
  shapes: readonly (readonly number[])[],
  options: readonly ReturnType<typeof i32>[],
): ModelFile => {
  const tensors = [
    ...operands.map((one) => one ?? int8("row", [1, 6])),
    ...shapes.map((shape, k) => int8(`piece ${k}`, shape)),
  ];
  const outputs = shapes.map((_, k) => operands.length + k);
  const inputs = operands.map((_, k) => k);
  return {
    tensors,
    operators: [{ kind, inputs, outputs, options: [...options] }],
    inputs: [operands.indexOf(null)],
    outputs,
  };
};
