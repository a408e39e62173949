/** Output channels that no common shift serves: computed one by one, after the vector kernel. */
import type { Rounding } from "../../../model/multiplier.ts";
import type { Channel, OutputRange } from "../../channels.ts";
import { roundingArg } from "../../int8-multiplier.ts";
import type { ConstantBlock, KernelCall } from "../../lowering.ts";

/** CONV_2D's view of a weighted layer. */
export type Geometry = {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly filterH: number;
  readonly filterW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly top: number;
  readonly left: number;
};

export type ScalarChannel = {
  readonly n: number;
  readonly firstInput: number;
  /** w − z_w of every tap */
  readonly weights: readonly number[];
};

/** The layer they belong to. */
type Layer = {
  readonly geometry: Geometry;
  /** input channels of a tap: all, or 1 where depthwise */
  readonly depth: number;
  readonly inputZeroPoint: number;
  readonly channels: readonly Channel[];
  readonly range: OutputRange;
  readonly rounding: Rounding;
};

/** Index of the block among the lowering's constants, behind weights and output stage. */
const CONSTANT = 2;

/** No calls and no block where every channel is served. */
export function scalarChannels(
  scalar: readonly ScalarChannel[],
  { geometry: g, depth, inputZeroPoint, channels, range, rounding }: Layer,
): { readonly step: readonly KernelCall[]; readonly constants: readonly ConstantBlock[] } {
  if (scalar.length === 0) return { step: [], constants: [] };
  const call: KernelCall = {
    file: "layers/conv-2d-channels",
    entry: "convolveChannels",
    shape: {},
    args: [
      { input: 0 },
      { output: true },
      { constant: CONSTANT },
      ...[scalar.length, g.height, g.width, g.channels, g.outHeight, g.outWidth, g.outChannels],
      ...[g.filterH, g.filterW, depth, g.strideH, g.strideW, g.dilationH, g.dilationW],
      ...[g.top, g.left, inputZeroPoint],
      ...[range.zeroPoint, range.low, range.high, roundingArg(rounding)],
    ],
  };
  const bytes = records(scalar, g.filterH * g.filterW * depth, channels);
  return { step: [call], constants: [{ name: "channels", bytes, align: 4 }] };
}

/** See assembly/layers/conv-2d-channels.ts. */
function records(
  scalar: readonly ScalarChannel[],
  taps: number,
  channels: readonly Channel[],
): Uint8Array {
  const recordBytes = Math.ceil((20 + 2 * taps) / 4) * 4;
  const view = new DataView(new ArrayBuffer(scalar.length * recordBytes));
  scalar.forEach(({ n, firstInput, weights }, k) => {
    const at = k * recordBytes;
    const { bias = 0, q = 0, exponent = 0 } = channels[n] ?? {};
    // from 2^30 on every accumulator but 0 saturates: the kernels' largest exponent stands for all larger ones
    const [qOrMost, exponentOrMost] = exponent > 30 ? [2 ** 31 - 1, 30] : [q, exponent];
    [n, firstInput, bias, qOrMost, exponentOrMost].forEach((value, i) => {
      view.setInt32(at + 4 * i, value, true);
    });
    weights.forEach((w, i) => {
      view.setInt16(at + 20 + 2 * i, w, true);
    });
  });
  return new Uint8Array(view.buffer);
}
