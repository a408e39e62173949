/** The demonstration's layered network: its architecture, its committed int8 weights, and the graph made of both. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { withFront } from "../front/index.ts";
import { vibration } from "../front/named/vibration.ts";
import type { LayeredGraph, LayerNode, Padding2d, Tensor } from "../model/graph.ts";
import { MACHINE_STATES } from "../sensors/vibration.ts";
import { BINS, FEATURE_SCALE } from "./features.ts";
import type { LayerShape } from "./layers.ts";
import type { DemoNetwork } from "./network.ts";
import { samplesOf } from "./samples.ts";

const CLASSES = MACHINE_STATES.length;

/** Depthwise separable, like a small keyword spotter: 8,064 MACs with 5 classes. */
// biome-ignore format: a table
export const ARCHITECTURE: readonly LayerShape[] = [
  { kind: "CONV_2D", inWidth: BINS, inChannels: 2, outWidth: 32, outChannels: 8, filter: 8, stride: 2, padLeft: 3, relu: true },
  { kind: "DEPTHWISE_CONV_2D", inWidth: 32, inChannels: 8, outWidth: 16, outChannels: 8, filter: 5, stride: 2, padLeft: 1, relu: true },
  { kind: "CONV_2D", inWidth: 16, inChannels: 8, outWidth: 16, outChannels: 16, filter: 1, stride: 1, padLeft: 0, relu: true },
  { kind: "FULLY_CONNECTED", inWidth: 16, inChannels: 16, outWidth: 1, outChannels: CLASSES, filter: 16, stride: 1, padLeft: 0, relu: false },
];

/** One layer as committed. Weight scales: one per output channel, or one for all (fully connected). */
export type Int8Layer = {
  readonly weights: readonly number[];
  readonly weightScales: readonly number[];
  readonly bias: readonly number[];
  readonly outputScale: number;
  readonly outputZeroPoint: number;
};

/** host/demo/int8-network.json: written by train.ts, and by nothing else. */
export type Int8Network = {
  readonly layers: readonly Int8Layer[];
  /** mean RMS of the training windows of each machine state, m/s²: the rule of thumb the network competes with */
  readonly rmsCentroids: readonly number[];
};

/** The committed network. Compiled JavaScript lies in build/host/demo; the weights stay beside the source. */
export function committedNetwork(): Int8Network {
  const beside = new URL("int8-network.json", import.meta.url);
  const fromBuild = new URL("../../../host/demo/int8-network.json", import.meta.url);
  return JSON.parse(readFileSync(existsSync(beside) ? beside : fromBuild, "utf8"));
}

export const int8Network: DemoNetwork = {
  name: "int8 network",
  graph: () => int8FromSamples(),
  encode: samplesOf,
  decode: (outputs) => Array.from(new Int8Array(outputs.buffer), (q) => (q + 128) / 256),
};

/** `net:demo-int8?input=features`: features [1,1,64,2] → probabilities [1,5]. */
export function int8Graph(
  network: Int8Network = committedNetwork(),
  name = "net:demo-int8?input=features",
): LayeredGraph {
  const tensors: Tensor[] = [];
  const nodes: LayerNode[] = [];
  const add = (tensor: Tensor): number => tensors.push(tensor) - 1;
  const input = add(activation("features", [1, 1, BINS, 2], FEATURE_SCALE, 0));

  let current = input;
  let scale = FEATURE_SCALE;
  let zeroPoint = 0;
  const append = (tensor: Tensor, node: (inputs: number[], base: NodeBase) => LayerNode) => {
    const output = add(tensor);
    const base = { index: nodes.length, name: tensor.name, output };
    nodes.push(node([current], base));
    current = output;
  };

  ARCHITECTURE.forEach((shape, k) => {
    const layer = network.layers[k] as Int8Layer;
    const name = `${shape.kind.toLowerCase()}_${k}`;
    const connected = shape.kind === "FULLY_CONNECTED";
    if (connected) {
      const flat = [1, shape.inWidth * shape.inChannels];
      append(activation("flat", flat, scale, zeroPoint), (inputs, base) => {
        return { ...base, kind: "RESHAPE", inputs };
      });
    }
    const parameters = [add(weightTensor(name, shape, layer)), add(biasTensor(name, layer, scale))];
    scale = layer.outputScale;
    zeroPoint = layer.outputZeroPoint;
    const outShape = [1, 1, shape.outWidth, shape.outChannels].slice(connected ? 2 : 0);
    append(activation(name, outShape, scale, zeroPoint), (inputs, base) =>
      layerNode(shape, { ...base, inputs: [...inputs, ...parameters] }),
    );
  });
  append(activation("softmax", [1, CLASSES], 1 / 256, -128), (inputs, base) => {
    return { ...base, kind: "SOFTMAX", beta: 1, inputs };
  });

  return {
    kind: "layered",
    source: {
      name,
      format: "net",
      sha256: createHash("sha256").update(JSON.stringify(network.layers)).digest("hex"),
    },
    tensors,
    nodes,
    inputs: [{ tensor: input, edge: "i8" }],
    outputs: [{ tensor: current, edge: "i8" }],
    labels: MACHINE_STATES,
  };
}

/** `net:demo-int8`: windows of raw acceleration [512,1] → probabilities [1,5]. */
export const int8FromSamples = (): LayeredGraph =>
  withFront(int8Graph(committedNetwork(), "net:demo-int8"), vibration);

type NodeBase = Pick<LayerNode, "index" | "name" | "output">;

function layerNode(
  shape: LayerShape,
  base: NodeBase & { readonly inputs: readonly number[] },
): LayerNode {
  const activation = shape.relu ? "RELU" : "NONE";
  if (shape.kind === "FULLY_CONNECTED") return { ...base, kind: shape.kind, activation };
  const window = {
    strideH: 1,
    strideW: shape.stride,
    dilationH: 1,
    dilationW: 1,
    padding: padding(shape),
  };
  return shape.kind === "CONV_2D"
    ? { ...base, kind: shape.kind, window, activation }
    : { ...base, kind: shape.kind, window, multiplier: 1, activation };
}

const padding = (s: LayerShape): Padding2d => ({
  top: 0,
  bottom: 0,
  left: s.padLeft,
  right: (s.outWidth - 1) * s.stride + s.filter - s.inWidth - s.padLeft,
});

const activation = (
  name: string,
  shape: readonly number[],
  scale: number,
  zeroPoint: number,
): Tensor => ({
  name,
  shape,
  dtype: "i8",
  quantization: { scales: [scale], zeroPoints: [zeroPoint], axis: 0 },
  data: null,
});

/** OHWI; depthwise 1HWC; fully connected [out, in], which is the same order. */
const weightTensor = (name: string, s: LayerShape, layer: Int8Layer): Tensor => ({
  name: `${name}/weights`,
  shape: {
    CONV_2D: [s.outChannels, 1, s.filter, s.inChannels],
    DEPTHWISE_CONV_2D: [1, 1, s.filter, s.outChannels],
    FULLY_CONNECTED: [s.outChannels, s.filter * s.inChannels],
  }[s.kind],
  dtype: "i8",
  quantization: {
    scales: layer.weightScales,
    zeroPoints: layer.weightScales.map(() => 0),
    axis: s.kind === "DEPTHWISE_CONV_2D" ? 3 : 0,
  },
  data: new Uint8Array(Int8Array.from(layer.weights).buffer),
});

function biasTensor(name: string, layer: Int8Layer, inputScale: number): Tensor {
  const data = new Uint8Array(layer.bias.length * 4);
  const view = new DataView(data.buffer);
  layer.bias.forEach((b, k) => {
    view.setInt32(k * 4, b, true);
  });
  return {
    name: `${name}/bias`,
    shape: [layer.bias.length],
    dtype: "i32",
    quantization: {
      scales: layer.weightScales.map((scale) => Math.fround(scale * inputScale)),
      zeroPoints: layer.weightScales.map(() => 0),
      axis: 0,
    },
    data,
  };
}
