/** Which pixels TFLite's resizing operators read, in its own float32 arithmetic. */
import { nearestEven } from "./desktop.ts";
import { roundHalfAway } from "./multiplier.ts";

const f32 = Math.fround;

/** Pixels of the input for one of the output, in float32. */
const floatScale = (inputSize: number, outputSize: number, alignCorners: boolean): number =>
  alignCorners && outputSize > 1
    ? f32((inputSize - 1) / (outputSize - 1))
    : f32(inputSize / outputSize);

/** TFLite: GetNearestNeighbor. The pixel of the input that becomes pixel `k` of the output along one axis. */
export function nearestIndex(
  k: number,
  inputSize: number,
  outputSize: number,
  alignCorners: boolean,
  halfPixelCenters: boolean,
): number {
  const scale = floatScale(inputSize, outputSize, alignCorners);
  const place = f32(f32(k + (halfPixelCenters ? 0.5 : 0)) * scale);
  const index = alignCorners ? roundHalfAway(place) : Math.floor(place);
  return Math.max(0, Math.min(index, inputSize - 1));
}

/** Two pixels beside each other that make one, and the weight of the second in 1/1024, or 1/2048; the first has the rest. */
export type Blend = { readonly first: number; readonly second: number; readonly weight: number };

const ONE = 1024;

/**
 * TFLite: ComputeInterpolationValuesInteger, in integers that truncate towards zero. A first pixel behind the last one,
 * where TFLite would read past the image, comes of sizes beyond some two thousand; whoever asks refuses it.
 */
export function blendOf(
  k: number,
  inputSize: number,
  outputSize: number,
  alignCorners: boolean,
  halfPixelCenters: boolean,
): Blend {
  const [from, to] =
    alignCorners && outputSize > 1 ? [inputSize - 1, outputSize - 1] : [inputSize, outputSize];
  const scale = Math.trunc((ONE * from + Math.trunc(to / 2)) / to);
  const place = k * scale + (halfPixelCenters ? Math.trunc(scale / 2) - ONE / 2 : 0);
  const first = Math.max(0, Math.trunc(place / ONE));
  const second = Math.min(Math.trunc((place + ONE - 1) / ONE), inputSize - 1);
  return { first, second, weight: place - ONE * first };
}

/**
 * XNNPACK: xnn_indirection_init_resize_bilinear2d_hwc_q11, in float32; weights in 1/2048. What TensorFlow Lite's
 * interpreter on a PC computes.
 */
export function desktopBlendOf(
  k: number,
  inputSize: number,
  outputSize: number,
  alignCorners: boolean,
  halfPixelCenters: boolean,
): Blend {
  const scale = floatScale(inputSize, outputSize, alignCorners);
  const place = halfPixelCenters ? f32(f32(f32(k + 0.5) * scale) - 0.5) : f32(k * scale);
  const inside = Math.min(Math.max(place, 0), inputSize - 1);
  const first = Math.floor(inside);
  const second = Math.min(first + 1, inputSize - 1);
  return { first, second, weight: nearestEven(f32(f32(inside - first) * 2048)) };
}
