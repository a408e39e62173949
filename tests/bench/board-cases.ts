/** What the boards run: layers of the shapes in the reference table, the public models, and small populations. */
import { networkByName } from "../../host/cli/networks.ts";
import { int8FromSamples } from "../../host/demo/int8-network.ts";
import { frontByName, withFront } from "../../host/front/index.ts";
import { importModel } from "../../host/importers/index.ts";
import type { Graph, LayeredGraph, LayerNode, Tensor } from "../../host/model/graph.ts";
import { mulberry32 } from "../../host/model/random.ts";
import {
  allToAll,
  type Connect,
  inDegree,
  lif,
  network,
  uniform,
} from "../../host/network/index.ts";
import { MODELS, modelBytes } from "./models.ts";

export type BoardCase = {
  readonly name: string;
  /** null without the shared data */
  readonly graph: () => Promise<Graph | null> | Graph;
  readonly weights?: "i8";
  /** steps of one measurement, after as many to warm up */
  readonly steps: number;
  /** every step by itself, so that the worst is known too */
  readonly each?: boolean;
  /** neurons whose steps are counted; absent: the graph's MACs are */
  readonly neurons?: number;
  /** a smaller case: what counts is how much more this one takes, for each neuron more or each synaptic event more */
  readonly beside?: { readonly name: string; readonly per: "neuron" | "event" };
  /** most instructions of each on the board: per MAC, or per neuron and step */
  readonly target?: Readonly<Record<string, number>>;
  /** a row of native/main.c */
  readonly peer?: string;
};

const model = (name: string) => async () => {
  const known = MODELS.find((row) => row.name === name);
  return known ? fromFile(known.file) : null;
};

async function fromFile(file: string): Promise<Graph | null> {
  const bytes = modelBytes({ file });
  return bytes ? importModel(bytes, file) : null;
}

/** MLPerf Tiny's streaming wake word: the network alone, and with its front end before it. One step is 32 ms of sound. */
const wakeWord = () => fromFile("str_ww_ref_model.tflite");

async function wakeWordFromSound(): Promise<Graph | null> {
  const graph = await wakeWord();
  return graph?.kind === "layered" ? withFront(graph, frontByName("sww")) : null;
}

/** ESPHome's wake word, and the same with its front end: one step is 30 ms of sound, three rows of features. */
const okayNabu = () => fromFile("../models-public/okay_nabu.tflite");

async function okayNabuFromSound(): Promise<Graph | null> {
  const graph = await okayNabu();
  return graph?.kind === "layered" ? withFront(graph, frontByName("microwakeword")) : null;
}

// biome-ignore format: a table
export const CASES: readonly BoardCase[] = [
  { name: "fc", graph: () => layer("FULLY_CONNECTED", [1, 192], [32, 192], [1, 32]), steps: 10, peer: "fc", target: { "qemu-m4": 45 } },
  { name: "conv", graph: () => layer("CONV_2D", [1, 10, 10, 8], [8, 3, 3, 8], [1, 8, 8, 8]), steps: 4, peer: "conv", target: { "qemu-m4": 50 } },
  { name: "pointwise", graph: () => layer("CONV_2D", [1, 10, 10, 8], [8, 1, 1, 8], [1, 10, 10, 8]), steps: 4, peer: "pointwise" },
  { name: "depthwise", graph: () => layer("DEPTHWISE_CONV_2D", [1, 10, 10, 8], [1, 3, 3, 8], [1, 8, 8, 8]), steps: 4, peer: "depthwise" },
  { name: "fc-640", graph: () => layer("FULLY_CONNECTED", [1, 640], [128, 640], [1, 128]), steps: 4, target: { "qemu-m4": 3.0 } },
  { name: "pointwise-64", graph: () => layer("CONV_2D", [1, 25, 5, 64], [64, 1, 1, 64], [1, 25, 5, 64]), steps: 1, target: { "qemu-m4": 1.7 } },
  { name: "conv-64", graph: () => layer("CONV_2D", [1, 8, 8, 64], [64, 3, 3, 64], [1, 8, 8, 64], 1), steps: 1, target: { "qemu-m4": 1.2 } },
  { name: "depthwise-64", graph: () => layer("DEPTHWISE_CONV_2D", [1, 25, 5, 64], [1, 3, 3, 64], [1, 25, 5, 64], 1), steps: 1, target: { "qemu-m4": 4.2 } },
  { name: "KWS", graph: model("KWS"), steps: 1 },
  { name: "AD", graph: model("AD"), steps: 1 },
  { name: "ResNet8", graph: model("ResNet8"), steps: 1 },
  { name: "VWW", graph: model("VWW"), steps: 1 },
  { name: "SWW", graph: wakeWord, steps: 1 },
  { name: "SWW-sound", graph: wakeWordFromSound, steps: 1 },
  { name: "okay_nabu", graph: okayNabu, steps: 2, target: { "qemu-m4": 70 } },
  { name: "okay_nabu-sound", graph: okayNabuFromSound, steps: 2 },
  { name: "vad", graph: () => fromFile("../models-public/vad.tflite"), steps: 2, target: { "qemu-m4": 70 } },
  { name: "demo-int8", graph: int8FromSamples, steps: 4 },
  { name: "lif-sparse", graph: () => population(128, inDegree(16), -0.3, 1.07), steps: 50, neurons: 128, peer: "lif-sparse", target: { "qemu-m4": 500 } },
  { name: "lif-sparse-i8", graph: () => population(128, inDegree(16), -0.3, 1.07), weights: "i8", steps: 50, neurons: 128, peer: "lif-sparse", target: { "qemu-m4": 150 } },
  { name: "lif-dense", graph: () => population(64, allToAll({ self: true }), -0.15, 1.03), weights: "i8", steps: 100, neurons: 64, peer: "lif-dense", target: { "qemu-m4": 150 } },
  { name: "lif-sparse-256", graph: () => population(256, inDegree(16), -0.3, 1.07), steps: 50, neurons: 256, beside: { name: "lif-sparse", per: "neuron" }, target: { "qemu-m4": 26 } },
  { name: "lanes", graph: () => population(64, inDegree(16), -0.15, 1.03), weights: "i8", steps: 100, neurons: 64 },
  { name: "lanes-256", graph: () => population(256, inDegree(16), -0.15, 1.03), weights: "i8", steps: 100, neurons: 256, beside: { name: "lanes", per: "neuron" }, target: { "qemu-m4": 20 } },
  { name: "synapses-16", graph: () => population(128, inDegree(16), -0.001, 1.07, 0.001), steps: 50, neurons: 128 },
  { name: "synapses-64", graph: () => population(128, inDegree(64), -0.001, 1.07, 0.001), steps: 50, neurons: 128, beside: { name: "synapses-16", per: "event" }, target: { "qemu-m4": 10 } },
  { name: "synfire", graph: () => networkByName("net:synfire"), steps: 400, each: true, neurons: 1200, target: { "qemu-m4": 100 } },
];

/** One weighted layer with so many pixels of padding on every side, weights in [−127, 127], per-channel scales where TFLite has them. */
function layer(
  kind: "FULLY_CONNECTED" | "CONV_2D" | "DEPTHWISE_CONV_2D",
  input: readonly number[],
  weights: readonly number[],
  output: readonly number[],
  pad = 0,
): LayeredGraph {
  const random = mulberry32(7);
  const channels = output.at(-1) ?? 0;
  const size = weights.reduce((n, extent) => n * extent, 1);
  const values = Int8Array.from({ length: size }, () => Math.floor(random() * 255) - 127);
  const scales = Array.from({ length: kind === "FULLY_CONNECTED" ? 1 : channels }, () =>
    Math.fround(2e-3 + 1e-3 * random()),
  );
  const axis = kind === "DEPTHWISE_CONV_2D" ? 3 : 0;
  const biases = Int32Array.from({ length: channels }, () => Math.floor(random() * 2000) - 1000);
  const tensors: Tensor[] = [
    activation("input", input),
    {
      ...{ name: "weights", shape: weights, dtype: "i8", data: new Uint8Array(values.buffer) },
      quantization: { scales, zeroPoints: scales.map(() => 0), axis },
    },
    {
      ...{ name: "bias", shape: [channels], dtype: "i32", data: new Uint8Array(biases.buffer) },
      quantization: { scales: [1], zeroPoints: [0], axis: 0 },
    },
    activation("output", output),
  ];
  const padding = { top: pad, bottom: pad, left: pad, right: pad };
  const window = { strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, padding };
  const node = {
    ...{ kind, index: 0, name: kind, inputs: [0, 1, 2], output: 3, activation: "NONE" },
    ...(kind === "FULLY_CONNECTED" ? {} : { window, multiplier: 1 }),
  } as LayerNode;
  return {
    kind: "layered",
    source: { name: kind, format: "graph", sha256: "0".repeat(64) },
    ...{ tensors, nodes: [node], labels: null },
    inputs: [{ tensor: 0, edge: "i8" }],
    outputs: [{ tensor: 3, edge: "i8" }],
  };
}

const activation = (name: string, shape: readonly number[]): Tensor => ({
  ...{ name, shape, dtype: "i8", data: null },
  quantization: { scales: [1], zeroPoints: [3], axis: 0 },
});

/**
 * LIF neurons that fire about once in fifty steps each, spread over time: a leak of 1/16 per step towards a little above
 * the threshold, from anywhere below it. The synapses nudge. 128 neurons give 131 spikes in 50 steps, 64 as many in 100.
 *
 * @param weakest weight, and the strongest. What pulls down without end is what 16 bits must have room for
 * @param drive   where the potential would come to rest, of the threshold
 */
function population(
  neurons: number,
  connect: Connect,
  weakest: number,
  drive: number,
  strongest = 0.3,
): Graph {
  const net = network({ name: "population", seed: 1, dtSeconds: 1e-3 });
  const all = net.population("neurons", neurons, lif({ tau: 16e-3, vLeak: drive, vThreshold: 1 }));
  net.project(all, all, { connect, weight: uniform(weakest, strongest) });
  net.start(all, uniform(0, 1));
  net.output("spikes", all);
  return net.graph();
}
