/**
 * The two tables of TFLite's int16 SOFTMAX, 513 entries of Q0.15 each: exp over [−10, 0] and 1 / (1 + x) over [0, 1].
 * An entry is moved by half of what the straight line to the next one misses in the middle: LUTPopulateInt16() of
 * tensorflow/lite/kernels/internal/common.h.
 *
 * TensorFlow Lite Micro fills them in float32 (micro/kernels/softmax_common.cc), TensorFlow Lite in double
 * (kernels/activations.cc): two entries of the second table differ, where float32 rounds on to a half.
 */
import { exp } from "./elementary.ts";
import { type Rounding, roundHalfAway } from "./multiplier.ts";

const STEPS = 512;
const UNIT = 2 ** 15;

export const softmaxTables = (rounding: Rounding): { exp: Uint8Array; reciprocal: Uint8Array } => {
  const float = rounding === "double" ? Math.fround : (x: number) => x;
  return {
    exp: table(-10, 10, exp, float),
    reciprocal: table(0, 1, (x) => 1 / float(1 + x), float),
  };
};

/** Steps of 10 / 512 and 1 / 512, their halves and their multiples are exact in float32, and so is a factor of 2^15. */
function table(
  least: number,
  width: number,
  f: (x: number) => number,
  float: (x: number) => number,
): Uint8Array {
  const scaled = (steps: number) => float(f(least + (steps * width) / STEPS)) * UNIT;
  const view = new DataView(new ArrayBuffer(2 * (STEPS + 1)));
  for (let k = 0; k <= STEPS; k++) {
    const sample = roundHalfAway(scaled(k));
    const between = k === STEPS ? 0 : missed(sample, scaled(k + 1), scaled(k + 0.5), float);
    view.setInt16(2 * k, Math.min(sample - between, UNIT - 1), true);
  }
  return new Uint8Array(view.buffer);
}

/** By how much an entry comes down, so that the line meets the function half-way between middle and end. */
function missed(
  sample: number,
  next: number,
  middle: number,
  float: (x: number) => number,
): number {
  const line = roundHalfAway(float(next + sample) / 2);
  return roundHalfAway((line - roundHalfAway(middle)) / 2);
}
