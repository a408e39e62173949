/** DEPTHWISE_CONV_2D in the MVP build: weights packed for assembly/layers/depthwise-conv-2d.mvp.ts. */
import { at } from "../../../model/at.ts";
import { int8Data, type LayeredGraph, type NodeOf, perTensor } from "../../../model/graph.ts";
import {
  type Channel,
  channelsOf,
  extents,
  isUnsigned,
  macsOf,
  type OutputRange,
  outputRange,
  tensorOf,
  weightZeroPoint,
} from "../../channels.ts";
import type { Lowering } from "../../lowering.ts";
import type { CompileOptions } from "../../options.ts";
import { outputStage, packedWeight } from "../../requantize-mvp.ts";
import { depthwiseConv2d3x3Mvp } from "./depthwise-conv-2d-3x3.ts";
import { laneBits, laneForm } from "./lanes.ts";
import { hasOnePosition } from "./one-position.ts";

export function depthwiseConv2dMvp(
  node: NodeOf<"DEPTHWISE_CONV_2D">,
  graph: LayeredGraph,
  options: CompileOptions,
): Lowering {
  const channels = channelsOf(node, graph, options.rounding);
  const range = outputRange(node, graph);
  if (node.multiplier === 1 && hasOnePosition(node, graph)) {
    return onePosition(node, graph, channels, range, options);
  }
  // the kernel of 3×3 has weights of a byte
  const small = isUnsigned(node, graph)
    ? null
    : depthwiseConv2d3x3Mvp(node, graph, channels, range, options);
  return small ?? generalMvp(node, graph, channels, range, options);
}

function onePosition(
  node: NodeOf<"DEPTHWISE_CONV_2D">,
  graph: LayeredGraph,
  channels: readonly Channel[],
  range: OutputRange,
  { rounding }: CompileOptions,
): Lowering {
  const weights = int8Data(tensorOf(graph, node.inputs[1]));
  const count = channels.length;
  const packed = weights.map((weight, k) => packedWeight(at(channels, k % count), weight));
  return {
    form: "8 channels",
    init: [],
    step: [
      {
        ...{ file: "layers/depthwise-conv-2d-one.mvp", entry: "depthwiseConv2dOne", shape: {} },
        args: [
          ...[{ input: 0 }, { output: true as const }, { constant: 0 }, { constant: 1 }],
          ...[{ scratch: true as const }, weights.length / count, count],
        ],
      },
    ],
    constants: [
      { name: "weights", bytes: new Uint8Array(packed.buffer), align: 4 },
      outputStage(channels, range, rounding),
    ],
    tables: [],
    scratchBytes: 8 * (count + 7),
    macs: macsOf(node, graph),
    inPlace: false,
  };
}

function generalMvp(
  node: NodeOf<"DEPTHWISE_CONV_2D">,
  graph: LayeredGraph,
  channels: readonly Channel[],
  range: OutputRange,
  { rounding }: CompileOptions,
): Lowering {
  const input = tensorOf(graph, node.inputs[0]);
  const weights = tensorOf(graph, node.inputs[1]);
  const [, height, width, depth] = extents(input, 4);
  const [, outHeight, outWidth, count] = extents(tensorOf(graph, node.output), 4);
  const [, filterH, filterW] = extents(weights, 4);
  const { strideH, strideW, dilationH, dilationW, padding } = node.window;
  const lane = laneBits(channels);
  const stage = outputStage(channels, range, rounding);
  // TFLite's order, taps of all channels: constant channels become zero
  const zeroPoint = weightZeroPoint(node, graph);
  const wide = isUnsigned(node, graph);
  const values = Array.from(int8Data(weights), (weight, k) =>
    packedWeight(at(channels, k % count), weight - zeroPoint),
  );
  const packed = wide ? Int16Array.from(values) : Int8Array.from(values);
  return {
    form: laneForm(lane),
    init: [],
    step: [
      {
        file: "layers/depthwise-conv-2d.mvp",
        entry: `depthwiseConv2d<${wide ? "i16" : "i8"}>`,
        shape: {},
        args: [
          { input: 0 },
          { output: true },
          { constant: 0 },
          { constant: 1 },
          { scratch: true },
          lane,
          perTensor(input).zeroPoint,
          ...[height, width, depth, outHeight, outWidth, node.multiplier, filterH, filterW],
          ...[strideH, strideW, dilationH, dilationW, padding.top, padding.left],
        ],
      },
    ],
    constants: [{ name: "weights", bytes: new Uint8Array(packed.buffer), align: 4 }, stage],
    tables: [],
    // a board's own kernel keeps the places of all taps
    scratchBytes: 8 * (Math.max(count, filterH * filterW) + 3) + depth,
    macs: macsOf(node, graph),
    inPlace: false,
  };
}
