/** CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED: sums of exact integers, then one multiplier per channel. The oracle's. */
import type { Window2d } from "../../../host/model/graph.ts";
import { activationClamp } from "./activation.ts";
import { type FixedMultiplier, int32, requantize, toMultiplier } from "./fixed-point.ts";
import { at, type Operand, type Operation, size } from "./operand.ts";

/** The taps of one output row or column that fall inside the image: kernel index and input index. */
function taps(
  position: number,
  kernel: number,
  extent: number,
  stride: number,
  dilation: number,
  before: number,
): readonly (readonly [kernel: number, input: number])[] {
  return Array.from({ length: kernel }, (_, k) => [k, position * stride - before + k * dilation])
    .filter(([, input = -1]) => input >= 0 && input < extent)
    .map(([k = 0, input = 0]) => [k, input] as const);
}

/** For every output pixel: its index, and the (kernel, input) offsets in pixels of the taps inside the image. */
export function* windows(
  input: Operand,
  output: Operand,
  [kernelH, kernelW]: readonly [number, number],
  window: Window2d,
): Generator<{ pixel: number; offsets: readonly (readonly [number, number])[] }> {
  const [, height = 0, width = 0] = input.shape;
  const [, outH = 0, outW = 0] = output.shape;
  const { strideH, strideW, dilationH, dilationW, padding } = window;
  for (let y = 0; y < outH; y++) {
    const rows = taps(y, kernelH, height, strideH, dilationH, padding.top);
    for (let x = 0; x < outW; x++) {
      const columns = taps(x, kernelW, width, strideW, dilationW, padding.left);
      const offsets = rows.flatMap(([ky, iy]) =>
        columns.map(([kx, ix]) => [ky * kernelW + kx, iy * width + ix] as const),
      );
      yield { pixel: y * outW + x, offsets };
    }
  }
}

/** The weights as integers around their zero point: of int8 convolutions TFLite takes it as 0. */
const centred = ({ values, zeroPoint }: Operand): readonly number[] =>
  Array.from(values, (w) => (isUnsigned(values) ? w - zeroPoint : w));

const isUnsigned = (values: Operand["values"]): boolean => values instanceof Uint8Array;

/** One multiplier per output channel, in double; of uint8 weights s_in · s_w is rounded to float32. */
function channelMultipliers(
  { output, rounding }: Operation,
  input: Operand,
  weights: Operand,
  channels: number,
): readonly FixedMultiplier[] {
  return Array.from({ length: channels }, (_, c) => {
    const scale = at(weights.scales, weights.scales.length === 1 ? 0 : c);
    const product = input.scale * scale;
    const real = isUnsigned(weights.values) ? Math.fround(product) : product;
    return toMultiplier(real / output.scale, rounding);
  });
}

export function conv2d(operation: Operation<"CONV_2D">): void {
  const { node, output, rounding } = operation;
  const [input, weights, bias] = operands(operation);
  const [channels = 0, kernelH = 0, kernelW = 0, depth = 0] = weights.shape;
  const multipliers = channelMultipliers(operation, input, weights, channels);
  const limit = activationClamp(node.activation, output);
  const { zeroPoint, values: x } = input;
  const w = centred(weights);
  const filter = kernelH * kernelW * depth;
  for (const { pixel, offsets } of windows(input, output, [kernelH, kernelW], node.window)) {
    for (let c = 0; c < channels; c++) {
      let sum = at(bias.values, c);
      for (const [kernel, position] of offsets) {
        const from = c * filter + kernel * depth;
        const at0 = position * depth;
        for (let i = 0; i < depth; i++) {
          sum += (w[from + i] as number) * ((x[at0 + i] as number) - zeroPoint);
        }
      }
      const scaled = requantize(int32(sum, "the sum"), at(multipliers, c), rounding);
      output.values[pixel * channels + c] = limit(scaled + output.zeroPoint);
    }
  }
}

/** Every input pixel spreads its products over a window of the output; they are added up, then scaled. */
export function transposeConv(operation: Operation<"TRANSPOSE_CONV">): void {
  const { node, output, rounding } = operation;
  const [input, weights, bias] = operands(operation);
  const [channels = 0, kernelH = 0, kernelW = 0, depth = 0] = weights.shape;
  const [, height = 0, width = 0] = input.shape;
  const [, outH = 0, outW = 0] = output.shape;
  const { strideH, strideW, padding } = node.window;
  const multipliers = channelMultipliers(operation, input, weights, channels);
  const limit = activationClamp(node.activation, output);
  const w = centred(weights);
  const sums = Array.from(output.values, (_, k) => at(bias.values, k % channels));
  for (let pixel = 0; pixel < height * width; pixel++) {
    const top = Math.floor(pixel / width) * strideH - padding.top;
    const left = (pixel % width) * strideW - padding.left;
    for (let tap = 0; tap < kernelH * kernelW; tap++) {
      const [y, x] = [top + Math.floor(tap / kernelW), left + (tap % kernelW)];
      if (y < 0 || y >= outH || x < 0 || x >= outW) continue;
      for (let n = 0; n < channels; n++) {
        const to = (y * outW + x) * channels + n;
        for (let c = 0; c < depth; c++) {
          const weight = w[(n * kernelH * kernelW + tap) * depth + c] as number;
          const value = at(input.values, pixel * depth + c) - input.zeroPoint;
          sums[to] = at(sums, to) + weight * value;
        }
      }
    }
  }
  sums.forEach((sum, k) => {
    const scaled = requantize(int32(sum, "the sum"), at(multipliers, k % channels), rounding);
    output.values[k] = limit(scaled + output.zeroPoint);
  });
}

export function depthwiseConv2d(operation: Operation<"DEPTHWISE_CONV_2D">): void {
  const { node, output, rounding } = operation;
  const [input, weights, bias] = operands(operation);
  const [, kernelH = 0, kernelW = 0, channels = 0] = weights.shape;
  const depth = at(input.shape, 3);
  const multipliers = channelMultipliers(operation, input, weights, channels);
  const limit = activationClamp(node.activation, output);
  const taps = centred(weights);
  for (const { pixel, offsets } of windows(input, output, [kernelH, kernelW], node.window)) {
    for (let c = 0; c < channels; c++) {
      const from = Math.floor(c / node.multiplier);
      let sum = at(bias.values, c);
      for (const [kernel, position] of offsets) {
        const w = taps[kernel * channels + c] as number;
        sum += w * ((input.values[position * depth + from] as number) - input.zeroPoint);
      }
      const scaled = requantize(int32(sum, "the sum"), at(multipliers, c), rounding);
      output.values[pixel * channels + c] = limit(scaled + output.zeroPoint);
    }
  }
}

export function fullyConnected(operation: Operation<"FULLY_CONNECTED">): void {
  const { node, output, rounding } = operation;
  const [input, weights, bias] = operands(operation);
  const [channels = 0, depth = 0] = weights.shape;
  const perChannel = weights.scales.length > 1;
  // per tensor, s_in · s_w is rounded to float32 before it is divided
  const shared = Math.fround(input.scale * weights.scale) / output.scale;
  const multipliers = perChannel
    ? channelMultipliers(operation, input, weights, channels)
    : Array.from({ length: channels }, () => toMultiplier(shared, rounding));
  const limit = activationClamp(node.activation, output);
  const { values: x } = input;
  const w = weights.values;
  for (let row = 0; row < size(input.shape) / depth; row++) {
    for (let c = 0; c < channels; c++) {
      let sum = at(bias.values, c);
      for (let i = 0; i < depth; i++) {
        const weight = (w[c * depth + i] as number) - weights.zeroPoint;
        sum += weight * ((x[row * depth + i] as number) - input.zeroPoint);
      }
      const scaled = requantize(int32(sum, "the sum"), at(multipliers, c), rounding);
      output.values[row * channels + c] = limit(scaled + output.zeroPoint);
    }
  }
}

const operands = ({ inputs }: Operation): [Operand, Operand, Operand] => [
  at(inputs, 0),
  at(inputs, 1),
  at(inputs, 2),
];
