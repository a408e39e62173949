/** Layers of int16 activations with int8 weights: sums as BigInt, then the multiplication that their bias brings. The oracle's. */
import type { LayerKind } from "../../../host/model/graph.ts";
import type { Rounding } from "../../../host/model/multiplier.ts";
import { activationClamp } from "./activation.ts";
import { type FixedMultiplier, int32, requantize, toMultiplier } from "./fixed-point.ts";
import { at, type Operand, type Operation, size } from "./operand.ts";
import { windows } from "./weighted.ts";

/** Sums of int64: 16 bits of the multiplier, half up, in both roundings. */
function requantizeWide(sum: bigint, { q, exponent }: FixedMultiplier): number {
  if (sum >= 2n ** 47n || sum < -(2n ** 47n) || exponent > 7) throw new RangeError("undefined");
  const m = q < 0x7fff0000 ? (BigInt(q) + 32768n) / 65536n : 32767n;
  const unit = 2n ** BigInt(15 - exponent);
  const twice = 2n * sum * m + unit;
  const floor = twice / (2n * unit) - (twice % (2n * unit) < 0n ? 1n : 0n);
  const [least, most] = [-(2n ** 31n), 2n ** 31n - 1n];
  return Number(floor < least ? least : floor > most ? most : floor);
}

function requantizeSum(bias: Operand, sum: bigint, m: FixedMultiplier, r: Rounding): number {
  return bias.most > 2 ** 32 ? requantizeWide(sum, m) : requantize(int32(Number(sum), "sum"), m, r);
}

const scaleOf = (weights: Operand, c: number): number =>
  at(weights.scales, weights.scales.length === 1 ? 0 : c);

/** @param terms pairs of places of a weight and an input for channel c of a pixel */
function layer<K extends LayerKind>(
  { inputs, output, rounding }: Operation<K>,
  limit: (x: number) => number,
  channels: number,
  real: (c: number) => number,
  pixels: Iterable<{
    pixel: number;
    terms: (c: number) => readonly (readonly [number, number])[];
  }>,
): void {
  const [input, weights, bias] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
  const multipliers = Array.from({ length: channels }, (_, c) => toMultiplier(real(c), rounding));
  for (const { pixel, terms } of pixels) {
    for (let c = 0; c < channels; c++) {
      let sum = BigInt(at(bias.values, c));
      for (const [w, x] of terms(c)) {
        sum += BigInt(at(weights.values, w) * at(input.values, x));
      }
      const scaled = requantizeSum(bias, sum, at(multipliers, c), rounding);
      output.values[pixel * channels + c] = limit(scaled);
    }
  }
}

export function wideConv2d(operation: Operation<"CONV_2D_I16">): void {
  const { node, inputs, output } = operation;
  const [input, weights] = [at(inputs, 0), at(inputs, 1)];
  const [channels = 0, kernelH = 0, kernelW = 0, depth = 0] = weights.shape;
  const positions = [...windows(input, output, [kernelH, kernelW], node.window)];
  layer(
    operation,
    activationClamp(node.activation, output),
    channels,
    (c) => (input.scale * scaleOf(weights, c)) / output.scale,
    positions.map(({ pixel, offsets }) => ({
      pixel,
      terms: (c) =>
        offsets.flatMap(([kernel, position]) =>
          Array.from(
            { length: depth },
            (_, i) => [(c * kernelH * kernelW + kernel) * depth + i, position * depth + i] as const,
          ),
        ),
    })),
  );
}

export function wideDepthwise(operation: Operation<"DEPTHWISE_CONV_2D_I16">): void {
  const { node, inputs, output } = operation;
  const [input, weights] = [at(inputs, 0), at(inputs, 1)];
  const [, kernelH = 0, kernelW = 0, channels = 0] = weights.shape;
  const depth = at(input.shape, 3);
  const positions = [...windows(input, output, [kernelH, kernelW], node.window)];
  layer(
    operation,
    activationClamp(node.activation, output),
    channels,
    (c) => (input.scale * scaleOf(weights, c)) / output.scale,
    positions.map(({ pixel, offsets }) => ({
      pixel,
      terms: (c) =>
        offsets.map(([kernel, position]) => [
          kernel * channels + c,
          position * depth + Math.floor(c / node.multiplier),
        ]),
    })),
  );
}

export function wideFullyConnected(operation: Operation<"FULLY_CONNECTED_I16">): void {
  const { node, inputs, output } = operation;
  const [input, weights] = [at(inputs, 0), at(inputs, 1)];
  const [channels = 0, depth = 0] = weights.shape;
  const shared = Math.fround(input.scale * weights.scale) / output.scale;
  layer(
    operation,
    activationClamp(node.activation, output),
    channels,
    (c) =>
      weights.scales.length === 1 ? shared : (input.scale * scaleOf(weights, c)) / output.scale,
    Array.from({ length: size(input.shape) / depth }, (_, pixel) => ({
      pixel,
      terms: (c: number) =>
        Array.from({ length: depth }, (_, i) => [c * depth + i, pixel * depth + i] as const),
    })),
  );
}
