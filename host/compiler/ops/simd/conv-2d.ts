/** CONV_2D in the SIMD build: weights packed for assembly/layers/conv-2d-{dot,extmul,relaxed}.simd.ts. */
import { int8Data, type LayeredGraph, type NodeOf, perTensor } from "../../../model/graph.ts";
import {
  channelsOf,
  extents,
  macsOf,
  outputRange,
  tensorOf,
  weightZeroPoint,
} from "../../channels.ts";
import type { Lowering } from "../../lowering.ts";
import type { CompileOptions } from "../../options.ts";
import { BLOCK, vectorStage } from "../../requantize-simd.ts";
import { type Geometry, scalarChannels } from "./channels.ts";
import { packWeights, productsWithStage, sumOf } from "./products.ts";

/** Bytes behind the staged patches: what gathering writes too many, and outputs that do not exist. */
const SCRATCH_EXTRA = 16 + 32;

export function conv2dSimd(
  node: NodeOf<"CONV_2D">,
  graph: LayeredGraph,
  { rounding, flavour }: CompileOptions,
): Lowering {
  const input = tensorOf(graph, node.inputs[0]);
  const weights = tensorOf(graph, node.inputs[1]);
  const [, height, width, depth] = extents(input, 4);
  const [, outHeight, outWidth, count] = extents(tensorOf(graph, node.output), 4);
  const [, filterH, filterW] = extents(weights, 4);
  const { window } = node;
  const geometry: Geometry = {
    ...{ height, width, channels: depth, outHeight, outWidth, outChannels: count },
    ...{ filterH, filterW, strideH: window.strideH, strideW: window.strideW },
    ...{ dilationH: window.dilationH, dilationW: window.dilationW },
    ...{ top: window.padding.top, left: window.padding.left },
  };
  const channels = channelsOf(node, graph, rounding);
  const range = outputRange(node, graph);
  const data = int8Data(weights);
  const taps = filterH * filterW * depth;
  const row = (n: number): Int8Array => data.subarray(n * taps, (n + 1) * taps);
  const { products, stage } = productsWithStage(
    flavour,
    data,
    channels,
    channels.map((_, n) => sumOf(row(n))),
    (staged) => vectorStage(staged, range, rounding, null),
  );
  const zeroPoint = weightZeroPoint(node, graph);
  const pixels = pixelsPerPass(outHeight * outWidth);
  const k4 = Math.ceil(taps / 4) * 4;
  const rowBytes = products.wide ? 2 * k4 : k4;
  const patch = scalarChannels(
    stage.scalar.map((n) => ({
      ...{ n, firstInput: 0 },
      weights: Array.from(row(n), (weight) => weight - zeroPoint),
    })),
    { geometry, depth, inputZeroPoint: perTensor(input).zeroPoint, channels, range, rounding },
  );
  return {
    form: `${products.name} ${pixels}x8`,
    init: [],
    step: [
      {
        file: `layers/conv-2d-${products.name}.simd`,
        entry: "conv2d",
        shape: {
          ...{ H: height, W: width, C: depth, OUT_H: outHeight, OUT_W: outWidth, N: count },
          ...{ KH: filterH, KW: filterW, STRIDE_H: window.strideH, STRIDE_W: window.strideW },
          ...{ DILATION_H: window.dilationH, DILATION_W: window.dilationW },
          ...{ PAD_TOP: window.padding.top, PAD_LEFT: window.padding.left },
          ...{ ZERO_POINT: perTensor(input).zeroPoint, PIXELS: pixels, K4: k4 },
          ...{ ROW_BYTES: rowBytes, WIDE: products.wide ? 1 : 0, FLIP: products.flip ? 1 : 0 },
          ...{ K: taps, WEIGHT_OFFSET: -zeroPoint },
          POINTWISE: isPointwise(geometry, depth) ? 1 : 0,
          ...stage.shape,
        },
        args: [{ input: 0 }, { output: true }, { constant: 0 }, { constant: 1 }, { scratch: true }],
      },
      ...patch.step,
    ],
    constants: [
      {
        name: "weights",
        bytes: packWeights(
          row,
          stage.live,
          { taps: k4, pass: BLOCK, group: products.group },
          zeroPoint,
        ),
        align: 16,
      },
      { name: "output stage", bytes: stage.bytes, align: 16 },
      ...patch.constants,
    ],
    tables: [],
    scratchBytes: pixels * rowBytes + SCRATCH_EXTRA + (zeroPoint === 0 ? 0 : 16 * pixels),
    macs: macsOf(node, graph),
    inPlace: false,
  };
}

/** Fewest positions computed in vain; the widest pass where that is equal. */
function pixelsPerPass(positions: number): number {
  const computed = (pixels: number) => Math.ceil(positions / pixels) * pixels;
  return [4, 3].reduce((best, p) => (computed(p) * 1.04 < computed(best) ? p : best), 4);
}

const isPointwise = (g: Geometry, depth: number): boolean =>
  depth % 4 === 0 &&
  g.filterH * g.filterW === 1 &&
  g.strideH * g.strideW === 1 &&
  g.outHeight === g.height &&
  g.outWidth === g.width;
