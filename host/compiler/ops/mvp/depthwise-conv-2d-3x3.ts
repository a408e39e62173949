/** DEPTHWISE_CONV_2D of 3×3 in the MVP build: for assembly/layers/depthwise-conv-2d-3x3.mvp.ts. */
import { at } from "../../../model/at.ts";
import { int8Data, type LayeredGraph, type NodeOf, perTensor } from "../../../model/graph.ts";
import { type Channel, extents, macsOf, type OutputRange, tensorOf } from "../../channels.ts";
import type { Lowering } from "../../lowering.ts";
import type { CompileOptions } from "../../options.ts";
import { outputStage, packedWeight, stageChannel } from "../../requantize-mvp.ts";

/** null where the kernel's form does not reach: the general kernel takes it. */
export function depthwiseConv2d3x3Mvp(
  node: NodeOf<"DEPTHWISE_CONV_2D">,
  graph: LayeredGraph,
  channels: readonly Channel[],
  range: OutputRange,
  { rounding }: CompileOptions,
): Lowering | null {
  const [input, weights] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.inputs[1])];
  const [, filterH, filterW] = weights.shape;
  const { strideH, strideW, dilationH, dilationW, padding } = node.window;
  const [, height, width, depth] = extents(input, 4);
  const [, outHeight, outWidth] = extents(tensorOf(graph, node.output), 4);
  const folds = channels.every((channel) => {
    const { form } = stageChannel(channel, range, rounding);
    return form === "plain" || form === "bracket";
  });
  if (filterH !== 3 || filterW !== 3 || node.multiplier !== 1 || !folds) return null;
  if (dilationH !== 1 || dilationW !== 1) return null;
  const rows = {
    count: height,
    step: width * depth,
    outCount: outHeight,
    outStep: outWidth * depth,
    stride: strideH,
    pad: padding.top,
  };
  const columns = {
    count: width,
    step: depth,
    outCount: outWidth,
    outStep: depth,
    stride: strideW,
    pad: padding.left,
  };
  // a line runs along the longer side: fewer starts
  const alongRows = outWidth >= outHeight;
  const [lines, line] = alongRows ? [rows, columns] : [columns, rows];
  // two new columns per output cost more than the general kernel's nine taps: 56 against 47 µs on 24×24×16 in V8
  if (line.stride !== 1) return null;
  return {
    form: "3 taps per i64",
    init: [],
    step: [
      {
        file: "layers/depthwise-conv-2d-3x3.mvp",
        entry: "depthwiseConv2d3x3",
        shape: {},
        args: [
          { input: 0 },
          { output: true },
          { constant: 0 },
          { constant: 1 },
          { scratch: true },
          ...[perTensor(input).zeroPoint, depth],
          ...[lines.count, lines.step, lines.stride, lines.pad],
          ...[line.count, line.step, line.pad],
          ...[lines.outCount, lines.outStep, line.outCount, line.outStep],
        ],
      },
    ],
    constants: [
      { name: "weights", bytes: packWeights(int8Data(weights), channels, alongRows), align: 4 },
      outputStage(channels, range, rounding),
    ],
    tables: [],
    // a board's own kernel stages a line of four channels
    scratchBytes: 32 * (line.outCount + 2),
    macs: macsOf(node, graph),
    inPlace: false,
  };
}

/** i8[C][3 taps along the line][3 lines, the last first] */
function packWeights(
  weights: Int8Array,
  channels: readonly Channel[],
  alongRows: boolean,
): Uint8Array {
  const packed = new Int8Array(9 * channels.length);
  channels.forEach((channel, c) => {
    for (let k = 0; k < 9; k++) {
      const [tap, line] = [Math.floor(k / 3), 2 - (k % 3)];
      const from = alongRows ? 3 * line + tap : 3 * tap + line;
      packed[9 * c + k] = packedWeight(channel, at(weights, from * channels.length + c));
    }
  });
  return new Uint8Array(packed.buffer);
}
