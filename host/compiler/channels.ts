/**
 * What both builds need to know of every output channel of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED: the folded
 * bias, the multiplier, the accumulators that can occur with the actual weights, and whether they all give one output.
 */
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import { at } from "../model/at.ts";
import {
  elements,
  int8Data,
  int32Data,
  type LayeredGraph,
  type LayerNode,
  type NodeOf,
  perTensor,
  type Tensor,
} from "../model/graph.ts";
import type { Rounding } from "../model/multiplier.ts";
import {
  activationRange,
  channelMultipliers,
  fullyConnectedMultiplier,
  type Multiplier,
} from "../model/multiplier.ts";

export type WeightedNode = NodeOf<
  "CONV_2D" | "DEPTHWISE_CONV_2D" | "FULLY_CONNECTED" | "TRANSPOSE_CONV"
>;

export const isWeighted = (node: LayerNode): node is WeightedNode =>
  node.kind === "CONV_2D" ||
  node.kind === "DEPTHWISE_CONV_2D" ||
  node.kind === "FULLY_CONNECTED" ||
  node.kind === "TRANSPOSE_CONV";

/**
 * One output channel. acc = bias + Σ (w − z_w)·x over the raw int8 inputs x, where taps in the padding read x = z_in.
 * All values are integers held exactly.
 */
export type Channel = Multiplier & {
  /** b − z_in · Σ(w − z_w). It is the accumulator of x = 0, so it lies in [accLow, accHigh] and fits int32. */
  readonly bias: number;
  /**
   * Every accumulator that inputs in [−128, 127] can reach, each tap also skipped (padding); inside int32.
   * [accLow − bias, accHigh − bias] bounds the raw sum Σ (w − z_w)·x, which packed lanes hold.
   */
  readonly accLow: number;
  readonly accHigh: number;
  /** the output, clamped, when it is the same over the whole of [accLow, accHigh] */
  readonly constant: number | null;
};

/** The clamp of a layer's output: z_out and the fused activation. */
export type OutputRange = {
  readonly zeroPoint: number;
  readonly low: number;
  readonly high: number;
};

export function outputRange(node: WeightedNode, graph: LayeredGraph): OutputRange {
  const output = tensorOf(graph, node.output);
  return { zeroPoint: perTensor(output).zeroPoint, ...activationRange(node.activation, output) };
}

/**
 * Zero point of the weights, as int8: of int8 only per-tensor FULLY_CONNECTED may have one, TFLite's other kernels take it
 * as 0.
 */
export function weightZeroPoint(node: WeightedNode, graph: LayeredGraph): number {
  const weights = tensorOf(graph, node.inputs[1]);
  if (weights.dtype === "u8") return perTensor(weights).zeroPoint - 128;
  return node.kind === "FULLY_CONNECTED" && isPerTensor(weights) ? perTensor(weights).zeroPoint : 0;
}

/** Weights of uint8, which int8 kernels take with a zero point. */
export const isUnsigned = (node: WeightedNode, graph: LayeredGraph): boolean =>
  tensorOf(graph, node.inputs[1]).dtype === "u8";

/** @throws MODEL_RANGE for every channel whose accumulator could leave int32 */
export function channelsOf(
  node: WeightedNode,
  graph: LayeredGraph,
  rounding: Rounding,
): readonly Channel[] {
  const [input, weights] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.inputs[1])];
  const bias = node.inputs[2] === undefined ? null : int32Data(tensorOf(graph, node.inputs[2]));
  const output = outputRange(node, graph);
  const multipliers = multipliersOf(node, graph, rounding);
  const zeroPoint = perTensor(input).zeroPoint;
  const weightZero = weightZeroPoint(node, graph);
  const data = int8Data(weights);
  const count = multipliers.length;
  const taps = data.length / count;
  // depthwise weights are 1HWC: a channel's taps are `count` apart; elsewhere they are neighbours
  const [tapStride, channelStride] = node.kind === "DEPTHWISE_CONV_2D" ? [count, 1] : [1, taps];

  const problems: Problem[] = [];
  const channels = multipliers.map((multiplier, c): Channel => {
    const b = bias === null ? 0 : at(bias, c);
    const { positive, negative } = signedSums(data, c * channelStride, tapStride, taps, weightZero);
    // x = −128 or 127 makes every product extreme, a skipped tap is 0
    const [least, most] = [-128 - zeroPoint, 127 - zeroPoint];
    const low = b + positive * least + negative * most;
    const high = b + positive * most + negative * least;
    if (low < -(2 ** 31) || high >= 2 ** 31) {
      const got = `accumulators of ${low} to ${high}`;
      problems.push(problem("MODEL_RANGE", `${node.name}, channel ${c}`, got, "int32"));
    }
    return {
      q: multiplier.q,
      exponent: multiplier.exponent,
      bias: b - zeroPoint * (positive + negative),
      accLow: low,
      accHigh: high,
      constant: constantOutput(low, high, multiplier, rounding, output),
    };
  });
  if (problems.length > 0) throw new TwentyWattError(problems);
  return channels;
}

/** Sums of the positive and of the negative weights of one channel. A function of its own: V8 compiles it once. */
function signedSums(
  weights: Int8Array,
  first: number,
  stride: number,
  taps: number,
  zeroPoint: number,
): { readonly positive: number; readonly negative: number } {
  let positive = 0;
  let negative = 0;
  for (let k = 0, from = first; k < taps; k++, from += stride) {
    const w = (weights[from] as number) - zeroPoint;
    if (w > 0) positive += w;
    else negative += w;
  }
  return { positive, negative };
}

/** The one output of all accumulators from `low` to `high`, or null. Requantisation never falls as they rise. */
function constantOutput(
  low: number,
  high: number,
  multiplier: Multiplier,
  rounding: Rounding,
  output: OutputRange,
): number | null {
  // the exact value is within 1 of this one; most channels need no BigInt
  const scale = multiplier.q * 2 ** (multiplier.exponent - 31);
  const near = (acc: number) =>
    Math.min(Math.max(acc * scale + output.zeroPoint, output.low), output.high);
  if (near(high) - near(low) > 3) return null;
  const lowest = requantize(low, multiplier, rounding, output);
  return lowest === requantize(high, multiplier, rounding, output) ? lowest : null;
}

function multipliersOf(
  node: WeightedNode,
  graph: LayeredGraph,
  rounding: Rounding,
): readonly Multiplier[] {
  const [input, weights] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.inputs[1])];
  const output = tensorOf(graph, node.output);
  const count = channelCount(node, weights);
  if (weights.dtype === "u8" || (node.kind === "FULLY_CONNECTED" && isPerTensor(weights))) {
    const multiplier = fullyConnectedMultiplier(input, weights, output, rounding);
    return Array.from({ length: count }, () => multiplier);
  }
  return channelMultipliers(input, weights, output, count, rounding);
}

/** The int8 output of one accumulator: scaled, moved to the output's zero point, clamped. */
export function requantize(
  acc: number,
  multiplier: Multiplier,
  rounding: Rounding,
  { zeroPoint, low, high }: OutputRange,
): number {
  const scaled =
    rounding === "double" ? scaleDouble(acc, multiplier) : scaleSingle(acc, multiplier);
  return Math.min(Math.max(Number(scaled) + zeroPoint, low), high);
}

/**
 * TFLite: MultiplyByQuantizedMultiplier with double rounding, RDivByPOT(SRDHM(acc · 2^max(e, 0), q), max(−e, 0)).
 * Where TFLite's acc · 2^e would overflow int32 (undefined there) the exact product counts: it saturates the output.
 */
export function scaleDouble(acc: number, { q, exponent }: Multiplier): bigint {
  const left = BigInt(acc) << BigInt(Math.max(exponent, 0));
  const high = (left * BigInt(q) + 2n ** 30n) >> 31n;
  return divideByPowerOfTwo(high, Math.max(-exponent, 0));
}

/** gemmlowp: RoundingDivideByPOT, x / 2^n rounded half away from zero. */
function divideByPowerOfTwo(x: bigint, n: number): bigint {
  if (n === 0) return x;
  const half = 1n << BigInt(n - 1);
  return x < 0n ? -((half - x) >> BigInt(n)) : (x + half) >> BigInt(n);
}

/** TFLite with TFLITE_SINGLE_ROUNDING: acc · q / 2^(31 − e), one rounding, half up. */
export function scaleSingle(acc: number, { q, exponent }: Multiplier): bigint {
  const shift = BigInt(31 - exponent); // 1 to 62
  return (BigInt(acc) * BigInt(q) + (1n << (shift - 1n))) >> shift;
}

/** MACs by TFLite's convention: taps in the padding count. */
export function macsOf(node: WeightedNode, graph: LayeredGraph): number {
  const weights = tensorOf(graph, node.inputs[1]);
  // of a transposed convolution every input pixel meets all weights
  const spread = node.kind === "TRANSPOSE_CONV";
  if (spread)
    return elements(tensorOf(graph, node.inputs[0]).shape) * elements(weights.shape.slice(0, 3));
  const outputs = elements(tensorOf(graph, node.output).shape);
  const taps = elements(weights.shape) / channelCount(node, weights);
  return outputs === 0 ? 0 : outputs * taps;
}

/** Output channels: the last axis of depthwise weights (1HWC), the first of all others. */
export const channelCount = (node: WeightedNode, { shape }: Tensor): number =>
  at(shape, node.kind === "DEPTHWISE_CONV_2D" ? 3 : 0);

const isPerTensor = (weights: Tensor): boolean => weights.quantization.scales.length === 1;

/** The least value of a byte of this tensor. */
export const leastOf = ({ dtype }: Tensor): number => (dtype === "u8" ? 0 : -128);

/** The same of int16 as well, and the most. */
export const rangeOf = (tensor: Tensor): { readonly low: number; readonly high: number } =>
  tensor.dtype === "i16"
    ? { low: -32_768, high: 32_767 }
    : { low: leastOf(tensor), high: leastOf(tensor) + 255 };

export function tensorOf(graph: LayeredGraph, index: number | undefined): Tensor {
  const tensor = index === undefined ? undefined : graph.tensors[index];
  if (!tensor) throw new Error(`no tensor ${index}`);
  return tensor;
}

type Extents = {
  readonly 2: readonly [number, number];
  readonly 4: readonly [number, number, number, number];
};

/** The shape, of as many dimensions as importers let pass for this operand. */
export function extents<R extends keyof Extents>({ name, shape }: Tensor, rank: R): Extents[R] {
  if (shape.length !== rank) throw new RangeError(`${name} [${shape}] of ${rank} dimensions`);
  return shape as readonly number[] as Extents[R];
}
