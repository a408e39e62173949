/** One weighted layer, every number given: for corners that random graphs do not meet. */
import type { Activation, LayeredGraph, LayerNode, Tensor } from "../../host/model/graph.ts";

export type WeightedLayer = {
  readonly kind: "CONV_2D" | "DEPTHWISE_CONV_2D";
  /** height, width, depth */
  readonly input: readonly [number, number, number];
  readonly zeroPoint: number;
  readonly filter: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation?: readonly [number, number];
  /** CONV_2D [channels, filter, depth], DEPTHWISE_CONV_2D [filter, channels] */
  readonly weights: Int8Array;
  /** real, of every channel or one for each */
  readonly multiplier: number | readonly number[];
  /** one per channel; DEPTHWISE_CONV_2D has a multiple of the input's depth */
  readonly bias: readonly number[];
  readonly activation?: Activation;
};

const OUTPUT_ZERO_POINT = 3;

/** SAME padding; no dilation and no activation unless given; output zero point 3. */
export function layer(given: WeightedLayer): LayeredGraph {
  const [height, width, depth] = given.input;
  const [dilationH, dilationW] = given.dilation ?? [1, 1];
  const channels = given.bias.length;
  const rows = samePadding(height, given.filter[0], given.stride[0], dilationH);
  const columns = samePadding(width, given.filter[1], given.stride[1], dilationW);
  const depthwise = given.kind === "DEPTHWISE_CONV_2D";
  const shape = depthwise ? [1, ...given.filter, channels] : [channels, ...given.filter, depth];
  const node = {
    kind: given.kind,
    index: 0,
    name: given.kind,
    inputs: [0, 1, 2],
    output: 3,
    multiplier: channels / depth,
    activation: given.activation ?? "NONE",
    window: {
      ...{ strideH: given.stride[0], strideW: given.stride[1], dilationH, dilationW },
      padding: {
        ...{ top: rows.before, bottom: rows.after },
        ...{ left: columns.before, right: columns.after },
      },
    },
  } as LayerNode;
  return graphOf(node, [
    activationTensor("input", [1, height, width, depth], given.zeroPoint),
    weightTensor(shape, given.weights, given.multiplier, 0, depthwise ? 3 : 0),
    biasTensor(given.bias),
    activationTensor("output", [1, rows.output, columns.output, channels], OUTPUT_ZERO_POINT),
  ]);
}

export type FullyConnectedLayer = {
  readonly rows: number;
  readonly zeroPoint: number;
  /** [channels, depth] */
  readonly weights: Int8Array;
  readonly weightZeroPoint: number;
  readonly multiplier: number;
  readonly bias: readonly number[];
};

/** Per tensor, no activation, output zero point 3. */
export function fullyConnectedLayer(given: FullyConnectedLayer): LayeredGraph {
  const channels = given.bias.length;
  const depth = given.weights.length / channels;
  const node: LayerNode = {
    kind: "FULLY_CONNECTED",
    index: 0,
    name: "FULLY_CONNECTED",
    inputs: [0, 1, 2],
    output: 3,
    activation: "NONE",
  };
  const { rows, weights, multiplier, weightZeroPoint } = given;
  return graphOf(node, [
    activationTensor("input", [rows, depth], given.zeroPoint),
    weightTensor([channels, depth], weights, multiplier, weightZeroPoint, 0),
    biasTensor(given.bias),
    activationTensor("output", [rows, channels], OUTPUT_ZERO_POINT),
  ]);
}

/** All scales but those of the weights are 1: they are the multipliers. */
const activationTensor = (name: string, shape: readonly number[], zeroPoint: number): Tensor => ({
  ...{ name, shape, dtype: "i8", data: null },
  quantization: { scales: [1], zeroPoints: [zeroPoint], axis: 0 },
});

function weightTensor(
  shape: readonly number[],
  weights: Int8Array,
  multiplier: number | readonly number[],
  zeroPoint: number,
  axis: number,
): Tensor {
  const scales = typeof multiplier === "number" ? [multiplier] : multiplier;
  return {
    ...{ name: "weights", shape, dtype: "i8" },
    quantization: { scales, zeroPoints: scales.map(() => zeroPoint), axis },
    data: new Uint8Array(weights.buffer),
  };
}

const biasTensor = (bias: readonly number[]): Tensor => ({
  ...{ name: "bias", shape: [bias.length], dtype: "i32" },
  quantization: { scales: [1], zeroPoints: [0], axis: 0 },
  data: new Uint8Array(Int32Array.from(bias).buffer),
});

function samePadding(extent: number, filter: number, stride: number, dilation: number) {
  const output = Math.ceil(extent / stride);
  const covered = (filter - 1) * dilation + 1;
  const total = Math.max((output - 1) * stride + covered - extent, 0);
  const before = Math.floor(total / 2);
  return { output, before, after: total - before };
}

const graphOf = (node: LayerNode, tensors: readonly Tensor[]): LayeredGraph => ({
  kind: "layered",
  source: {
    name: `${node.kind} ${tensors.map(({ shape }) => shape.join("×")).join(", ")}`,
    format: "graph",
    sha256: "0".repeat(64),
  },
  tensors,
  nodes: [node],
  inputs: [{ tensor: 0, edge: "i8" }],
  outputs: [{ tensor: 3, edge: "i8" }],
  labels: null,
});
