/** Random windows over images: kernels, strides, dilations, SAME and VALID. */
import type { Window2d } from "../../host/model/graph.ts";
import type { Dice } from "./random-draft.ts";

export type PlacedWindow = {
  readonly window: Window2d;
  readonly kernel: readonly [number, number];
  readonly output: readonly [number, number];
};

const KERNELS = [
  [1, 1],
  [3, 3],
  [2, 2],
  [5, 5],
  [1, 3],
  [3, 1],
  [4, 10],
  [7, 2],
] as const;

export function anyWindow(
  dice: Dice,
  [, height = 1, width = 1]: readonly number[],
  dilated: boolean,
): PlacedWindow {
  const [kernelH, kernelW] = dice.pick(KERNELS);
  const stride = dice.pick([1, 1, 1, 2, 2, 3]);
  const dilation = dilated ? dice.pick([1, 1, 1, 1, 2, 3]) : 1;
  const same = dice.chance(0.5);
  const h = axis(dice, height, kernelH, stride, dilation, same);
  const w = axis(dice, width, kernelW, dice.chance(0.8) ? stride : 1, dilation, same);
  return {
    window: {
      strideH: h.stride,
      strideW: w.stride,
      dilationH: h.dilation,
      dilationW: w.dilation,
      padding: { top: h.before, bottom: h.after, left: w.before, right: w.after },
    },
    kernel: [h.kernel, w.kernel],
    output: [h.output, w.output],
  };
}

/** One axis, as the standard pads it. A VALID kernel that does not fit shrinks to the image. */
function axis(
  dice: Dice,
  extent: number,
  wanted: number,
  stride: number,
  dilation: number,
  same: boolean,
) {
  const fits = (wanted - 1) * dilation + 1 <= extent;
  const kernel = same || fits ? wanted : dice.int(1, extent);
  const reach = same || fits ? dilation : 1;
  const covered = (kernel - 1) * reach + 1;
  const output = same
    ? Math.ceil(extent / stride)
    : Math.floor((extent + stride - covered) / stride);
  const total = same ? Math.max(0, (output - 1) * stride + covered - extent) : 0;
  const before = Math.floor(total / 2);
  return { kernel, stride, dilation: reach, output, before, after: total - before };
}
