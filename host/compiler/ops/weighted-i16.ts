/** CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of int16 activations: scalar kernels for both builds. */
import { type Problem, problem, TwentyWattError } from "../../errors.ts";
import { at } from "../../model/at.ts";
import { biasData, elements, int8Data, type LayeredGraph, type NodeOf } from "../../model/graph.ts";
import {
  activationRange,
  channelMultipliers,
  fullyConnectedMultiplier,
  type Multiplier,
  type Rounding,
} from "../../model/multiplier.ts";
import { extents, tensorOf } from "../channels.ts";
import { int32Multiplier, roundingArg } from "../int8-multiplier.ts";
import type { ConstantBlock, Lowering, Row } from "../lowering.ts";
import { NOTHING } from "./place.ts";

type WideNode = NodeOf<"CONV_2D_I16" | "DEPTHWISE_CONV_2D_I16" | "FULLY_CONNECTED_I16">;

/** WIDE of assembly/layers/stage-i16.ts */
const WIDE = 2;
/** What the standard's multiplication of 64 bits asks of a sum and of a multiplier: |sum| < 2^47, below 2^7. */
const WIDE_SUM = 2n ** 47n;
const WIDE_EXPONENT = 7;
const INT32 = 2n ** 31n;

export const conv2dI16: Row<"CONV_2D_I16"> = (node, graph, { rounding }) => {
  const [, height, width, depth] = extents(tensorOf(graph, node.inputs[0]), 4);
  const [, outHeight, outWidth, count] = extents(tensorOf(graph, node.output), 4);
  const [, filterH, filterW] = extents(tensorOf(graph, node.inputs[1]), 4);
  const { strideH, strideW, dilationH, dilationW, padding } = node.window;
  return convolution(node, graph, rounding, outHeight * outWidth, [
    ...[height, width, depth, outHeight, outWidth, count, filterH, filterW],
    ...[strideH, strideW, dilationH, dilationW, padding.top, padding.left],
  ]);
};

/** Rows of the input are a column of pixels. */
export const fullyConnectedI16: Row<"FULLY_CONNECTED_I16"> = (node, graph, { rounding }) => {
  const [count, depth] = extents(tensorOf(graph, node.inputs[1]), 2);
  const rows = elements(tensorOf(graph, node.inputs[0]).shape) / depth;
  return convolution(node, graph, rounding, rows, [
    ...[rows, 1, depth, rows, 1, count, 1, 1],
    ...[1, 1, 1, 1, 0, 0],
  ]);
};

export const depthwiseConv2dI16: Row<"DEPTHWISE_CONV_2D_I16"> = (node, graph, { rounding }) => {
  const weights = tensorOf(graph, node.inputs[1]);
  const [, height, width, depth] = extents(tensorOf(graph, node.inputs[0]), 4);
  const [, outHeight, outWidth] = extents(tensorOf(graph, node.output), 4);
  const [, filterH, filterW] = extents(weights, 4);
  const { strideH, strideW, dilationH, dilationW, padding } = node.window;
  const stage = staged(node, graph, rounding);
  const { low, high } = activationRange(node.activation, tensorOf(graph, node.output));
  return {
    ...NOTHING,
    form: "scalar, sums of 64 bits",
    step: [
      {
        ...{ file: "layers/depthwise-conv-2d-i16", entry: "depthwiseConv2dI16", shape: {} },
        args: [
          ...[{ input: 0 }, { output: true } as const, { constant: 0 }, { constant: 1 }],
          ...[height, width, depth, node.multiplier, outHeight, outWidth, filterH, filterW],
          ...[strideH, strideW, dilationH, dilationW, padding.top, padding.left],
          ...[low, high, stage.rounding],
        ],
      },
    ],
    constants: [weightBlock(node, graph), stage.channels],
    macs: outHeight * outWidth * elements(weights.shape),
  };
};

/** @param args of the kernel, from the height of the input to the padding */
function convolution(
  node: WideNode,
  graph: LayeredGraph,
  rounding: Rounding,
  pixels: number,
  args: readonly number[],
): Lowering {
  const stage = staged(node, graph, rounding);
  const { low, high } = activationRange(node.activation, tensorOf(graph, node.output));
  const type = stage.narrow ? "i32" : "i64";
  return {
    ...NOTHING,
    form: `scalar, sums of ${stage.narrow ? 32 : 64} bits`,
    step: [
      {
        ...{ file: "layers/conv-2d-i16", entry: `conv2dI16<${type}>`, shape: {} },
        args: [
          ...[{ input: 0 }, { output: true } as const, { constant: 0 }, { constant: 1 }],
          ...[...args, low, high, stage.rounding],
        ],
      },
    ],
    constants: [weightBlock(node, graph), stage.channels],
    macs: pixels * elements(tensorOf(graph, node.inputs[1]).shape),
  };
}

const weightBlock = (node: WideNode, graph: LayeredGraph): ConstantBlock => ({
  name: "weights",
  bytes: new Uint8Array(int8Data(tensorOf(graph, node.inputs[1]))),
  align: 4,
});

/**
 * Biases and multipliers of all channels. A bias of int64 brings the standard's multiplication of 64 bits, one of int32
 * or none that of 32, as TensorFlow Lite Micro chooses in micro/kernels/conv.cc and fully_connected.cc; its depthwise
 * kernel has biases of int64 alone.
 *
 * @throws MODEL_RANGE for every channel whose sums could leave what that multiplication takes
 */
function staged(node: WideNode, graph: LayeredGraph, rounding: Rounding) {
  const [weights, bias] = [tensorOf(graph, node.inputs[1]), tensorOf(graph, node.inputs[2])];
  const wide = bias.dtype === "i64";
  const limit = wide ? WIDE_SUM : INT32;
  const biases = biasData(bias);
  const reaches = reachesOf(node, int8Data(weights), biases.length);
  const problems: Problem[] = [];
  const bytes = new DataView(new ArrayBuffer(16 * biases.length));
  multipliersOf(node, graph, biases.length, rounding).forEach((multiplier, c) => {
    const [b, { positive, negative }] = [at(biases, c), at(reaches, c)];
    // negative weights meet −32768 at the upper end, and a skipped tap is 0
    const low = b - BigInt(positive) * 32_768n - BigInt(negative) * 32_767n;
    const high = b + BigInt(positive) * 32_767n + BigInt(negative) * 32_768n;
    const where = `${node.name}, channel ${c}`;
    if (low < -limit || high >= limit) {
      const got = `accumulators of ${low} to ${high}`;
      problems.push(problem("MODEL_RANGE", where, got, wide ? "48 bits" : "int32"));
    }
    if (wide && multiplier.exponent > WIDE_EXPONENT) {
      const got = `a multiplier of 2^${multiplier.exponent - 1} or more`;
      problems.push(problem("MODEL_QUANT", where, got, `less than 2^${WIDE_EXPONENT}`));
    }
    const own = wide ? reduced(multiplier) : int32Multiplier(multiplier);
    bytes.setBigInt64(16 * c, BigInt.asIntN(64, b), true);
    bytes.setInt32(16 * c + 8, own.q, true);
    bytes.setInt32(16 * c + 12, own.exponent, true);
  });
  if (problems.length > 0) throw new TwentyWattError(problems);
  const channels: ConstantBlock = {
    ...{ name: "channels", bytes: new Uint8Array(bytes.buffer), align: 8 },
  };
  const most = Math.max(...reaches.map(({ positive, negative }) => positive + negative));
  return {
    channels,
    rounding: wide ? WIDE : roundingArg(rounding),
    narrow: most * 32_768 < 2 ** 31,
  };
}

/** 16 bits of a multiplier, and by how much their product is shifted. */
const reduced = ({ q, exponent }: Multiplier): Multiplier => ({
  q: q < 0x7fff0000 ? (q + 0x8000) >> 16 : 0x7fff,
  exponent: 15 - exponent,
});

/** By channel the sum of its positive weights, and that of the others without their sign. */
function reachesOf({ kind }: WideNode, weights: Int8Array, count: number) {
  const taps = weights.length / count;
  // depthwise weights are 1HWC: a channel's taps are `count` apart; elsewhere they are neighbours
  const [stride, first] = kind === "DEPTHWISE_CONV_2D_I16" ? [count, 1] : [1, taps];
  return Array.from({ length: count }, (_, c) => {
    let [positive, negative] = [0, 0];
    for (let k = 0; k < taps; k++) {
      const w = at(weights, c * first + k * stride);
      if (w > 0) positive += w;
      else negative -= w;
    }
    return { positive, negative };
  });
}

function multipliersOf(
  node: WideNode,
  graph: LayeredGraph,
  count: number,
  rounding: Rounding,
): readonly Multiplier[] {
  const [input, weights] = [tensorOf(graph, node.inputs[0]), tensorOf(graph, node.inputs[1])];
  const output = tensorOf(graph, node.output);
  if (node.kind !== "FULLY_CONNECTED_I16" || weights.quantization.scales.length > 1) {
    return channelMultipliers(input, weights, output, count, rounding);
  }
  const shared = fullyConnectedMultiplier(input, weights, output, rounding);
  return Array.from({ length: count }, () => shared);
}
