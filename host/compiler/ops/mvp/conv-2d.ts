/** CONV_2D in the MVP build: weights packed for assembly/layers/conv-2d.mvp.ts. */
import { at } from "../../../model/at.ts";
import { int8Data, type LayeredGraph, type NodeOf, perTensor } from "../../../model/graph.ts";
import {
  type Channel,
  channelsOf,
  extents,
  isUnsigned,
  macsOf,
  outputRange,
  tensorOf,
  weightZeroPoint,
} from "../../channels.ts";
import type { KernelCall, Lowering } from "../../lowering.ts";
import type { CompileOptions } from "../../options.ts";
import { outputStage, packedWeight } from "../../requantize-mvp.ts";
import { type LaneBits, laneBits, laneForm } from "./lanes.ts";

/** Channels per pass of the kernel. */
const BLOCK = 8;
/** Words that the gathering writes too many, and the sums of one pass. */
const SCRATCH_EXTRA = 8 * (3 + BLOCK);

/** For `taps` words, and a row of the window outside the image. */
export const conv2dScratchBytes = (taps: number, rowBytes: number): number =>
  8 * taps + SCRATCH_EXTRA + rowBytes;

/**
 * @param sizes H W C, outH outW N, kH kW, strides, dilations, padding at the top and the left
 * @param weightZeroPoint null: none, of weights that are int8 in the model
 */
export const conv2dCall = (
  lane: LaneBits,
  zeroPoint: number,
  sizes: readonly number[],
  weightZeroPoint: number | null = null,
): KernelCall => ({
  file: "layers/conv-2d.mvp",
  entry: weightZeroPoint === null ? "conv2d<i8>" : "conv2d<u8>",
  shape: {},
  args: [
    ...[{ input: 0 }, { output: true as const }, { constant: 0 }, { constant: 1 }],
    ...[{ scratch: true as const }, lane, zeroPoint, ...sizes, weightZeroPoint ?? 0],
  ],
});

export function conv2dMvp(
  node: NodeOf<"CONV_2D">,
  graph: LayeredGraph,
  { rounding }: CompileOptions,
): Lowering {
  const input = tensorOf(graph, node.inputs[0]);
  const weights = tensorOf(graph, node.inputs[1]);
  const [, height, width, depth] = extents(input, 4);
  const [, outHeight, outWidth, count] = extents(tensorOf(graph, node.output), 4);
  const [, filterH, filterW] = extents(weights, 4);
  const { strideH, strideW, dilationH, dilationW, padding } = node.window;
  const channels = channelsOf(node, graph, rounding);
  const lane = laneBits(channels);
  const stage = outputStage(channels, outputRange(node, graph), rounding);
  const taps = filterH * filterW * depth;
  const unsigned = isUnsigned(node, graph) ? weightZeroPoint(node, graph) : null;
  return {
    form: laneForm(lane),
    init: [],
    step: [
      conv2dCall(
        lane,
        perTensor(input).zeroPoint,
        [
          ...[height, width, depth, outHeight, outWidth, count, filterH, filterW],
          ...[strideH, strideW, dilationH, dilationW, padding.top, padding.left],
        ],
        unsigned,
      ),
    ],
    constants: [
      {
        name: "weights",
        bytes: packWeights(int8Data(weights), channels, taps, unsigned ?? 0),
        align: 8,
      },
      stage,
    ],
    tables: [],
    scratchBytes: conv2dScratchBytes(taps, filterW * depth),
    macs: macsOf(node, graph),
    inPlace: false,
  };
}

/** Where the weights of four taps lie among four bytes. */
const TAPS = [0, 2, 1, 3] as const;

/**
 * OHWI → i8[blocks of 8 channels][blocks of 4 taps][8 channels][taps 0, 2, 1, 3]. Constant channels get the zero point,
 * which counts as zero.
 */
export function packWeights(
  weights: Int8Array,
  channels: readonly Channel[],
  taps: number,
  zeroPoint: number,
): Uint8Array {
  const rowBytes = Math.ceil(taps / TAPS.length) * TAPS.length * BLOCK;
  const blocks = Math.ceil(channels.length / BLOCK);
  const packed = new Int8Array(blocks * rowBytes);
  channels.forEach((channel, n) => {
    const start = Math.floor(n / BLOCK) * rowBytes + TAPS.length * (n % BLOCK);
    for (let k = 0; k < taps; k++) {
      const weight = at(weights, n * taps + k);
      packed[start + (k >> 2) * TAPS.length * BLOCK + at(TAPS, k & 3)] =
        packedWeight(channel, weight - zeroPoint) + zeroPoint;
    }
  });
  return new Uint8Array(packed.buffer);
}
