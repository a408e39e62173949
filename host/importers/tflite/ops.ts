/** The operator table of TFLite: one row per builtin operator, from operands and options to a node of the graph. */
import { elements, int8Data, type LayerNode, perTensor } from "../../model/graph.ts";
import type { Operator } from "./operator.ts";
import {
  BINARY_OPTIONS,
  CONCATENATION_OPTIONS,
  CONV_OPTIONS,
  DEPTHWISE_OPTIONS,
  FULLY_CONNECTED_OPTIONS,
  LEAKY_RELU_OPTIONS,
  POOL_OPTIONS,
  SOFTMAX_OPTIONS,
} from "./schema.ts";

/** A row returns null after it has noted why. */
type Row = (op: Operator) => LayerNode | null;

export const OPS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ["CONV_2D", conv2d],
  ["DEPTHWISE_CONV_2D", depthwiseConv2d],
  ["FULLY_CONNECTED", fullyConnected],
  ["ADD", (op) => binary(op, "ADD")],
  ["SUB", (op) => binary(op, "SUB")],
  ["MUL", (op) => binary(op, "MUL")],
  ["AVERAGE_POOL_2D", (op) => pool(op, "AVERAGE_POOL_2D")],
  ["MAX_POOL_2D", (op) => pool(op, "MAX_POOL_2D")],
  ["MEAN", mean],
  ["RESHAPE", (op) => reshape(op, "RESHAPE")],
  ["SQUEEZE", (op) => reshape(op, "SQUEEZE")],
  ["EXPAND_DIMS", (op) => reshape(op, "EXPAND_DIMS")],
  ["SOFTMAX", softmax],
  ["LOGISTIC", (op) => fixedOutput(op, "LOGISTIC", 1 / 256, -128)],
  ["TANH", (op) => fixedOutput(op, "TANH", 1 / 128, 0)],
  ["RELU", (op) => unary(op, "RELU")],
  ["RELU6", (op) => unary(op, "RELU6")],
  ["LEAKY_RELU", leakyRelu],
  ["CONCATENATION", concatenation],
  ["PAD", pad],
  ["PADV2", pad],
  ["QUANTIZE", (op) => unary(op, "QUANTIZE")],
  ["DEQUANTIZE", dequantize],
]);

/** Four dimensions, batch 1; null after refusing. */
function image(op: Operator, tensor: number): readonly number[] | null {
  const { shape } = op.tensor(tensor);
  if (shape.length === 4 && shape[0] === 1) return shape;
  return op.refuse(
    "MODEL_SHAPE",
    `input [${shape}]`,
    "[1, height, width, channels]",
    "Re-export the model with batch size 1 and images of four dimensions.",
  );
}

/** Weights of convolutions are symmetric: a zero point would need another kernel. */
function symmetric(op: Operator, weights: number): boolean {
  const zero = op.tensor(weights).quantization.zeroPoints.find((z) => z !== 0);
  if (zero === undefined) return true;
  op.refuse("MODEL_QUANT", `weights with zero point ${zero}`, "zero point 0");
  return false;
}

function conv2d(op: Operator): LayerNode | null {
  const base = op.activations(1, 3);
  const activation = op.activation(CONV_OPTIONS.activation);
  const weights = base && op.weights(4, 0);
  const input = base && image(op, base.inputs[0] ?? 0);
  if (base === null || input === null || weights === null) return null;
  const filter = op.tensor(weights).shape;
  const [channels = 0, height = 0, width = 0, depth = 0] = filter;
  const bias = op.tensors.bias(op.operand(2), channels, base.name);
  if (bias === null || activation === null) return null;
  if (depth !== input[3]) {
    return op.refuse(
      "MODEL_SHAPE",
      `weights [${filter}]`,
      `[out, height, width, ${input[3]}]`,
      "Grouped convolutions are not supported: use DEPTHWISE_CONV_2D or one group.",
    );
  }
  const placed = op.window(input, [height, width], CONV_OPTIONS);
  if (placed === null || !symmetric(op, weights)) return null;
  if (!op.shapeIs(base.output, [1, placed.outH, placed.outW, channels])) return null;
  const inputs = [...base.inputs, weights, bias];
  return { ...base, inputs, kind: "CONV_2D", window: placed.window, activation };
}

function depthwiseConv2d(op: Operator): LayerNode | null {
  const base = op.activations(1, 3);
  const activation = op.activation(DEPTHWISE_OPTIONS.activation);
  const weights = base && op.weights(4, 3);
  const input = base && image(op, base.inputs[0] ?? 0);
  if (base === null || input === null || weights === null) return null;
  const filter = op.tensor(weights).shape;
  const [one = 0, height = 0, width = 0, channels = 0] = filter;
  const bias = op.tensors.bias(op.operand(2), channels, base.name);
  if (bias === null || activation === null) return null;
  const multiplier = channels / (input[3] ?? 1);
  if (one !== 1 || !Number.isInteger(multiplier) || multiplier < 1) {
    return op.refuse("MODEL_SHAPE", `weights [${filter}]`, `[1, height, width, k · ${input[3]}]`);
  }
  const placed = op.window(input, [height, width], DEPTHWISE_OPTIONS);
  if (placed === null || !symmetric(op, weights)) return null;
  if (!op.shapeIs(base.output, [1, placed.outH, placed.outW, channels])) return null;
  const inputs = [...base.inputs, weights, bias];
  return {
    ...base,
    inputs,
    kind: "DEPTHWISE_CONV_2D",
    window: placed.window,
    multiplier,
    activation,
  };
}

function fullyConnected(op: Operator): LayerNode | null {
  const base = op.activations(1, 3);
  const activation = op.activation(FULLY_CONNECTED_OPTIONS.activation);
  const weights = base && op.weights(2, 0);
  if (base === null || weights === null) return null;
  const filter = op.tensor(weights).shape;
  const [channels = 0, depth = 0] = filter;
  const bias = op.tensors.bias(op.operand(2), channels, base.name);
  if (bias === null || activation === null) return null;
  if (op.byte(FULLY_CONNECTED_OPTIONS.weightsFormat) !== 0) {
    return op.refuse("MODEL_OP", "shuffled weights", "the default weights format");
  }
  const size = elements(op.tensor(base.inputs[0] ?? 0).shape);
  const output = op.tensor(base.output).shape;
  const rows = size / depth;
  if (!Number.isInteger(rows)) {
    return op.refuse("MODEL_SHAPE", `input of ${size} values, weights [${filter}]`, "whole rows");
  }
  if (elements(output) !== rows * channels || output.at(-1) !== channels) {
    return op.refuse("MODEL_SHAPE", `output [${output}]`, `[…, ${channels}] of ${rows * channels}`);
  }
  const perChannel = op.tensor(weights).quantization.scales.length > 1;
  if (perChannel && !symmetric(op, weights)) return null;
  return { ...base, inputs: [...base.inputs, weights, bias], kind: "FULLY_CONNECTED", activation };
}

/** NumPy's rule: trailing dimensions are equal or 1. Null where the shapes do not match. */
function broadcast(a: readonly number[], b: readonly number[]): readonly number[] | null {
  const rank = Math.max(a.length, b.length);
  const dim = (s: readonly number[], k: number) => s[s.length - rank + k] ?? 1;
  const shape = Array.from({ length: rank }, (_, k) => Math.max(dim(a, k), dim(b, k)));
  const fits = (s: readonly number[]) => shape.every((d, k) => dim(s, k) === d || dim(s, k) === 1);
  return fits(a) && fits(b) ? shape : null;
}

function binary(op: Operator, kind: "ADD" | "SUB" | "MUL"): LayerNode | null {
  const base = op.activations(2);
  const activation = op.activation(BINARY_OPTIONS.activation);
  if (base === null || activation === null) return null;
  const [a = [], b = []] = base.inputs.map((k) => op.tensor(k).shape);
  const shape = broadcast(a, b);
  if (shape === null) return op.refuse("MODEL_SHAPE", `[${a}] and [${b}]`, "shapes that broadcast");
  return op.shapeIs(base.output, shape) ? { ...base, kind, activation } : null;
}

function pool(op: Operator, kind: "AVERAGE_POOL_2D" | "MAX_POOL_2D"): LayerNode | null {
  const base = op.activations(1);
  const activation = op.activation(POOL_OPTIONS.activation);
  const input = base && image(op, base.inputs[0] ?? 0);
  if (base === null || input === null || activation === null) return null;
  const filterH = op.option(POOL_OPTIONS.filterH);
  const filterW = op.option(POOL_OPTIONS.filterW);
  const placed = op.window(input, [filterH, filterW], POOL_OPTIONS);
  if (placed === null || !op.sameQuantisation(base.inputs[0] ?? 0, base.output)) return null;
  if (!op.shapeIs(base.output, [1, placed.outH, placed.outW, input[3] ?? 0])) return null;
  return { ...base, kind, window: placed.window, filterH, filterW, activation };
}

function mean(op: Operator): LayerNode | null {
  const base = op.activations(1, 2);
  const input = base && image(op, base.inputs[0] ?? 0);
  if (base === null || input === null) return null;
  const given = op.tensors.integers(op.operand(1));
  const axes: readonly number[] = [...new Set(given?.map((a) => (a < 0 ? a + 4 : a)))].sort(
    (a, b) => a - b,
  );
  if (given === null || axes.length === 0 || axes.some((a) => a !== 1 && a !== 2)) {
    return op.refuse("MODEL_OP", `axes ${given ?? "that are computed"}`, "constant axes 1 and 2");
  }
  const kept = input.map((d, k) => (axes.includes(k) ? 1 : d));
  const dropped = input.filter((_, k) => !axes.includes(k));
  const { shape } = op.tensor(base.output);
  if (shape.join() !== kept.join() && shape.join() !== dropped.join()) {
    return op.refuse("MODEL_SHAPE", `output [${shape}]`, `[${kept}] or [${dropped}]`);
  }
  return { ...base, kind: "MEAN", axes };
}

function reshape(op: Operator, kind: "RESHAPE" | "SQUEEZE" | "EXPAND_DIMS"): LayerNode | null {
  const base = op.activations(1, 2); // the second names the output's shape, which the file holds
  if (base === null || !op.sameQuantisation(base.inputs[0] ?? 0, base.output)) return null;
  const input = op.tensor(base.inputs[0] ?? 0).shape;
  const output = op.tensor(base.output).shape;
  if (elements(input) !== elements(output)) {
    return op.refuse(
      "MODEL_SHAPE",
      `[${input}] to [${output}]`,
      "as many elements after as before",
    );
  }
  return { ...base, kind };
}

function softmax(op: Operator): LayerNode | null {
  const beta = op.float(SOFTMAX_OPTIONS.beta);
  if (!(beta > 0 && Number.isFinite(beta))) {
    return op.refuse("MODEL_OP", `beta ${beta}`, "a positive beta");
  }
  const node = fixedOutput(op, "SOFTMAX", 1 / 256, -128);
  return node && { ...node, kind: "SOFTMAX", beta };
}

/** Operators whose output scale the quantisation specification fixes. */
function fixedOutput(
  op: Operator,
  kind: "LOGISTIC" | "TANH" | "SOFTMAX",
  scale: number,
  zeroPoint: number,
): LayerNode | null {
  const node = unary(op, kind === "SOFTMAX" ? "LOGISTIC" : kind);
  if (node === null) return null;
  const output = perTensor(op.tensor(node.output));
  if (Math.abs(output.scale - scale) < 1e-3 * scale && output.zeroPoint === zeroPoint) return node;
  const got = `output scale ${output.scale}, zero point ${output.zeroPoint}`;
  return op.refuse("MODEL_QUANT", got, `scale 1/${1 / scale}, zero point ${zeroPoint}`);
}

function unary(
  op: Operator,
  kind: "LOGISTIC" | "TANH" | "RELU" | "RELU6" | "QUANTIZE",
): LayerNode | null {
  const base = op.activations(1);
  if (base === null) return null;
  const { shape } = op.tensor(base.inputs[0] ?? 0);
  return op.shapeIs(base.output, shape) ? { ...base, kind } : null;
}

/** Those before an output or a QUANTIZE never come here. */
function dequantize(op: Operator): null {
  const type = (k: number | undefined) => op.tensors.raw(k ?? -1)?.type ?? "nothing";
  const got = `${type(op.raw.inputs[0])} to ${type(op.raw.outputs[0])}`;
  return op.refuse("MODEL_QUANT", got, "one int8 tensor to float32");
}

function leakyRelu(op: Operator): LayerNode | null {
  const alpha = op.float(LEAKY_RELU_OPTIONS.alpha);
  if (!Number.isFinite(alpha)) return op.refuse("MODEL_OP", `alpha ${alpha}`, "a finite alpha");
  const node = unary(op, "RELU");
  return node && { ...node, kind: "LEAKY_RELU", alpha };
}

function concatenation(op: Operator): LayerNode | null {
  const base = op.activations(Math.max(1, op.raw.inputs.length));
  const activation = op.activation(CONCATENATION_OPTIONS.activation);
  if (base === null || activation === null) return null;
  if (activation !== "NONE") return op.refuse("MODEL_OP", `fused ${activation}`, "NONE");
  const shapes = base.inputs.map((k) => op.tensor(k).shape);
  const first = shapes[0] ?? [];
  const given = op.option(CONCATENATION_OPTIONS.axis);
  const axis = given < 0 ? given + first.length : given;
  const match = shapes.every(
    (s) => s.length === first.length && s.every((d, k) => k === axis || d === first[k]),
  );
  if (!match || axis < 0 || axis >= first.length) {
    const got = `axis ${given} of ${shapes.map((s) => `[${s}]`).join(" ")}`;
    return op.refuse("MODEL_SHAPE", got, "shapes that differ along the axis only");
  }
  const total = shapes.reduce((n, s) => n + (s[axis] ?? 0), 0);
  const same = base.inputs.every((input) => op.sameQuantisation(input, base.output));
  if (
    !same ||
    !op.shapeIs(
      base.output,
      first.map((d, k) => (k === axis ? total : d)),
    )
  )
    return null;
  return { ...base, kind: "CONCATENATION", axis };
}

function pad(op: Operator): LayerNode | null {
  const base = op.activations(1, op.raw.kind === "PAD" ? 2 : 3);
  if (base === null) return null;
  const { shape } = op.tensor(base.inputs[0] ?? 0);
  const paddings = op.tensors.integers(op.operand(1));
  const sane =
    paddings?.length === 2 * shape.length && paddings.every((p) => p >= 0 && p <= 65_536);
  if (paddings === null || !sane) {
    return op.refuse(
      "MODEL_OP",
      `paddings ${paddings ?? "that are computed"}`,
      `[${shape.length}, 2] constants`,
    );
  }
  const before = shape.map((_, k) => paddings[2 * k] ?? 0);
  const after = shape.map((_, k) => paddings[2 * k + 1] ?? 0);
  if (!op.sameQuantisation(base.inputs[0] ?? 0, base.output)) return null;
  if (op.raw.kind === "PADV2" && !fillsWithZeroPoint(op, base.output)) return null;
  const padded = shape.map((d, k) => d + (before[k] ?? 0) + (after[k] ?? 0));
  return op.shapeIs(base.output, padded) ? { ...base, kind: "PAD", before, after } : null;
}

/** PADV2 brings its own value; only real zero is supported, the value of PAD. */
function fillsWithZeroPoint(op: Operator, output: number): boolean {
  const index = op.operand(2);
  const constant = index === -1 ? null : op.tensors.activation(index);
  if (constant !== null && !op.sameQuantisation(constant, output)) return false;
  const tensor = constant === null ? null : op.tensor(constant);
  const value = tensor?.data ? int8Data(tensor)[0] : undefined;
  const { zeroPoint } = perTensor(op.tensor(output));
  if (value === zeroPoint) return true;
  op.refuse(
    "MODEL_OP",
    `a padding value of ${value ?? "no constant"}`,
    `the zero point ${zeroPoint}`,
  );
  return false;
}
