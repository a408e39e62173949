/** DEPTHWISE_CONV_2D in the SIMD build: which of three kernels, and along which axis of the image. */
import { at } from "../../../model/at.ts";
import { int8Data, type LayeredGraph, type NodeOf, perTensor } from "../../../model/graph.ts";
import {
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
import { vectorStage } from "../../requantize-simd.ts";
import { type Geometry, scalarChannels } from "./channels.ts";
import { pairsOfLines, quadsOfLines } from "./depthwise-3x3.ts";
import { pairsAlongLines } from "./depthwise-any.ts";
import { type Products, productsWithStage } from "./products.ts";

/** One direction of the image. */
export type Axis = {
  readonly extent: number;
  /** bytes from one position to the next */
  readonly step: number;
  readonly outExtent: number;
  readonly outStep: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
};

/** The image as lines: rows one below the other, or columns side by side. */
export type Lines = {
  readonly across: Axis;
  readonly along: Axis;
  /** output positions that one pass of the kernel computes along a line */
  readonly pixels: number;
  /** tap k across and j along a line, of channel n */
  readonly weight: (k: number, j: number, n: number) => number;
};

/** The part of a lowering in which the kernels differ. */
export type DepthwiseForm = Pick<Lowering, "form" | "init" | "tables" | "scratchBytes"> & {
  readonly weights: Uint8Array;
  readonly kernel: Omit<KernelCall, "args">;
};

export function depthwiseConv2dSimd(
  node: NodeOf<"DEPTHWISE_CONV_2D">,
  graph: LayeredGraph,
  { rounding, flavour }: CompileOptions,
): Lowering {
  const input = tensorOf(graph, node.inputs[0]);
  const [, filterH, filterW, count] = extents(tensorOf(graph, node.inputs[1]), 4);
  const [, height, width, depth] = extents(input, 4);
  const [, outHeight, outWidth] = extents(tensorOf(graph, node.output), 4);
  const { strideH, strideW, dilationH, dilationW, padding } = node.window;
  const channels = channelsOf(node, graph, rounding);
  const range = outputRange(node, graph);
  const data = int8Data(tensorOf(graph, node.inputs[1]));
  const zeroPoint = weightZeroPoint(node, graph);
  const largestTap = (n: number) => largest(filterH * filterW, (t) => Math.abs(tap(t, n)));
  const tap = (t: number, n: number): number => at(data, t * count + n) - zeroPoint;
  const vertical: Axis = {
    ...{ extent: height, step: width * depth, outExtent: outHeight, outStep: outWidth * count },
    ...{ filter: filterH, stride: strideH, dilation: dilationH, before: padding.top },
  };
  const horizontal: Axis = {
    ...{ extent: width, step: depth, outExtent: outWidth, outStep: count },
    ...{ filter: filterW, stride: strideW, dilation: dilationW, before: padding.left },
  };
  const small =
    filterH === 3 &&
    filterW === 3 &&
    // that kernel has weights of a byte
    !isUnsigned(node, graph) &&
    Math.max(strideH, strideW) <= 2 &&
    dilationH * dilationW * node.multiplier === 1;
  const taps = filterH * filterW;
  const { products, stage } = productsWithStage(
    small ? flavour : "dot",
    data,
    channels,
    channels.map((_, n) => sumOver(taps, (t) => tap(t, n))),
    (staged, { name }) => {
      // relaxed products have weights of a byte, into which no scale can be folded
      const weights = name === "relaxed" ? null : channels.map((_, n) => largestTap(n));
      return vectorStage(staged, range, rounding, weights);
    },
  );
  const kernel = kernelOf(small, products);
  const rows = kernel.work(vertical, horizontal);
  const columns = kernel.work(horizontal, vertical);
  const lines: Lines =
    rows.cost <= columns.cost
      ? {
          ...{ across: vertical, along: horizontal, pixels: rows.pixels },
          weight: (k, j, n) => tap(k * filterW + j, n),
        }
      : {
          ...{ across: horizontal, along: vertical, pixels: columns.pixels },
          weight: (k, j, n) => tap(j * filterW + k, n),
        };
  const { form, init, tables, scratchBytes, weights, kernel: call } = kernel.lower(lines, stage);
  const geometry: Geometry = {
    ...{ height, width, channels: depth, outHeight, outWidth, outChannels: count },
    ...{ filterH, filterW, strideH, strideW, dilationH, dilationW },
    ...{ top: padding.top, left: padding.left },
  };
  const patch = scalarChannels(
    stage.scalar.map((n) => ({
      n,
      firstInput: Math.floor(n / node.multiplier),
      weights: Array.from({ length: filterH * filterW }, (_, t) => tap(t, n)),
    })),
    { geometry, depth: 1, inputZeroPoint: perTensor(input).zeroPoint, channels, range, rounding },
  );
  const { across, along, pixels } = lines;
  return {
    form: `${form}, ${across === vertical ? "rows" : "columns"}`,
    init,
    step: [
      {
        ...call,
        shape: {
          ...{ C: depth, N: count, MULTIPLIER: node.multiplier, PIXELS: pixels },
          ...{ LINES: across.extent, LINE_STEP: across.step },
          ...{ LENGTH: along.extent, STEP: along.step },
          ...{ OUT_LINES: across.outExtent, OUT_LINE_STEP: across.outStep },
          ...{ OUT_LENGTH: along.outExtent, OUT_STEP: along.outStep },
          ...{ STRIDE_LINES: across.stride, PAD_LINES: across.before, PAD_ALONG: along.before },
          ...{ ZERO_POINT: perTensor(input).zeroPoint, FLIP: products.flip ? 1 : 0 },
          ...call.shape,
          ...stage.shape,
        },
        args: [
          { input: 0 },
          { output: true },
          tables.length > 0 ? { table: 0 } : { constant: 0 },
          { constant: 1 },
          { scratch: true },
        ],
      },
      ...patch.step,
    ],
    constants: [
      { name: "weights", bytes: weights, align: 16 },
      { name: "output stage", bytes: stage.bytes, align: 16 },
      ...patch.constants,
    ],
    tables,
    scratchBytes,
    macs: macsOf(node, graph),
    inPlace: false,
  };
}

function kernelOf(small: boolean, { name }: Products) {
  if (!small) return pairsAlongLines;
  return name === "relaxed" ? quadsOfLines : pairsOfLines;
}

function largest(count: number, value: (k: number) => number): number {
  let most = 0;
  for (let k = 0; k < count; k++) most = Math.max(most, value(k));
  return most;
}

function sumOver(count: number, value: (k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += value(k);
  return sum;
}
