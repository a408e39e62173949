/**
 * A chain of operators over tensors of one element and one quantisation: whatever is rewired still fits by its shape,
 * so that mistakes about the roles of tensors are not hidden behind complaints about shapes.
 */
import { f32, i8, i32, u8 } from "./flatbuffer-writer.ts";
import type { FileOperator, FileTensor, ModelFile } from "./tflite-writer.ts";

const SHAPE = [1, 1, 1, 1];
const VALID = i8(1);
const NONE = i8(0);
const ONE = i32(1);

export function uniformModel(): ModelFile {
  const tensors: FileTensor[] = [];
  const operators: FileOperator[] = [];
  const int8 = (name: string, more: Partial<FileTensor> = {}): number =>
    tensors.push({ name, shape: SHAPE, type: "int8", scales: [0.5], zeroPoints: [0], ...more }) - 1;
  const int32 = (name: string, shape: readonly number[], values: readonly number[]): number => {
    const data = new Uint8Array(Int32Array.from(values).buffer);
    return tensors.push({ name, shape, type: "int32", data }) - 1;
  };
  const input = int8("input");
  const weights = int8("weights", { data: Uint8Array.of(3) });
  const matrix = int8("matrix", { data: Uint8Array.of(3), shape: [1, 1] });
  const bias = int32("bias", [1], [1]);
  const paddings = int32("paddings", [4, 2], [0, 0, 0, 0, 0, 0, 0, 0]);
  const axes = int32("axes", [2], [1, 2]);
  const shape = int32("shape", [4], SHAPE);

  let last = input;
  /** The next operator of the chain: reads the one before, and `others`. */
  const then = (
    kind: FileOperator["kind"],
    others: readonly number[] = [],
    options?: FileOperator["options"],
    to: Partial<FileTensor> = {},
  ): void => {
    const output = int8(`${kind}_${operators.length}`, to);
    const inputs = [last, ...others];
    operators.push({ kind, inputs, outputs: [output], ...(options && { options }) });
    last = output;
  };
  const conv = [VALID, ONE, ONE, NONE, ONE, ONE];
  then("CONV_2D", [weights, bias], conv);
  then("CONV_2D", [weights], conv);
  then("DEPTHWISE_CONV_2D", [weights, -1], [VALID, ONE, ONE, ONE, NONE, ONE, ONE]);
  then("FULLY_CONNECTED", [matrix, bias], [NONE, NONE, u8(1), u8(0)]);
  then("FULLY_CONNECTED", [matrix, -1], [NONE, NONE, u8(1), u8(0)]);
  then("ADD", [input], [NONE]);
  then("SUB", [weights], [NONE]);
  then("MUL", [matrix], [NONE]);
  then("AVERAGE_POOL_2D", [], [VALID, ONE, ONE, ONE, ONE, NONE]);
  then("MAX_POOL_2D", [], [VALID, ONE, ONE, ONE, ONE, NONE]);
  then("MEAN", [axes], [u8(1)]);
  then("RELU");
  then("RELU6");
  then("LEAKY_RELU", [], [f32(0.25)]);
  then("CONCATENATION", [], [i32(3), NONE]);
  then("PAD", [paddings]);
  then("RESHAPE", [shape]);
  then("QUANTIZE");
  then("DEQUANTIZE", [], undefined, { type: "float32" });
  then("QUANTIZE");
  return { tensors, operators, inputs: [input], outputs: [last] };
}
