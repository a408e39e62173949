/**
 * Fixed-point multipliers of TFLite, computed as its converter and kernels compute them. Every float32 rounding here
 * is deliberate: no output comparison catches a wrong one (they move a multiplier by one part in 2^24), so
 * tests/host/model/multiplier.test.ts checks the numbers themselves.
 */

import { at } from "./at.ts";
import type { Activation, Tensor } from "./graph.ts";
import { perTensor } from "./graph.ts";

/** Both are public ground truth: see requantise() of the kernels, assembly/fixed/requantize.ts. */
export type Rounding = "double" | "single";

/** The real multiplier q · 2^(exponent − 31); q is 0 or in [2^30, 2^31). */
export type Multiplier = { readonly q: number; readonly exponent: number };

const f32 = Math.fround;

/** C `round`: half away from zero. x − trunc(x) is exact, so no double rounding can creep in. */
export function roundHalfAway(x: number): number {
  const whole = Math.trunc(x);
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
}

/** One for all calls: models have thousands of channels. */
const BITS = new DataView(new ArrayBuffer(8));

/** C `frexp`: m = f · 2^e with f in [0.5, 1). m must be finite and positive. */
export function frexp(m: number): { f: number; e: number } {
  BITS.setFloat64(0, m);
  const biased = (BITS.getUint32(0) >>> 20) & 0x7ff;
  if (biased === 0) {
    const scaled = frexp(m * 2 ** 64); // subnormal
    return { f: scaled.f, e: scaled.e - 64 };
  }
  const e = biased - 1022;
  return { f: m * 2 ** -e, e }; // 2^−1024 is a double, 2^1024 is not
}

/** TFLite: QuantizeMultiplier. Exponents below −31 flush to zero; single rounding clamps those above 30. */
export function quantizeMultiplier(m: number, rounding: Rounding): Multiplier {
  if (!(m > 0) || !Number.isFinite(m)) return { q: 0, exponent: 0 };
  let { f, e } = frexp(m);
  let q = roundHalfAway(f * 2 ** 31); // f · 2^31 is exact in a double
  if (q === 2 ** 31) {
    q = 2 ** 30;
    e += 1;
  }
  if (e < -31) return { q: 0, exponent: 0 };
  if (rounding === "single" && e > 30) return { q: 2 ** 31 - 1, exponent: 30 };
  return { q, exponent: e };
}

/** CONV_2D, DEPTHWISE_CONV_2D and per-channel FULLY_CONNECTED: one multiplier per output channel, all in double. */
export function channelMultipliers(
  input: Tensor,
  weights: Tensor,
  output: Tensor,
  channels: number,
  rounding: Rounding,
): readonly Multiplier[] {
  const scales = weights.quantization.scales;
  return Array.from({ length: channels }, (_, c) => {
    const weightScale = at(scales, scales.length === 1 ? 0 : c);
    return quantizeMultiplier(
      (perTensor(input).scale * weightScale) / perTensor(output).scale,
      rounding,
    );
  });
}

/**
 * FULLY_CONNECTED per tensor, and every layer with uint8 weights. TFLite: GetQuantizedConvolutionMultipler (sic) rounds
 * s_in · s_w to float32.
 */
export function fullyConnectedMultiplier(
  input: Tensor,
  weights: Tensor,
  output: Tensor,
  rounding: Rounding,
): Multiplier {
  const product = f32(perTensor(input).scale * perTensor(weights).scale);
  return quantizeMultiplier(product / perTensor(output).scale, rounding);
}

/** ADD and SUB: inputs shifted left by 20, brought to twice the larger scale, summed, brought to the output's. */
export const ADD_LEFT_SHIFT = 20;
export function addMultipliers(a: Tensor, b: Tensor, output: Tensor, rounding: Rounding) {
  const twice = 2 * Math.max(perTensor(a).scale, perTensor(b).scale);
  return {
    a: quantizeMultiplier(perTensor(a).scale / twice, rounding),
    b: quantizeMultiplier(perTensor(b).scale / twice, rounding),
    output: quantizeMultiplier(twice / (2 ** ADD_LEFT_SHIFT * perTensor(output).scale), rounding),
  };
}

/**
 * The same of int16, which leaves room for a shift of 15 alone: micro/kernels/add_common.cc and kernels/add.cc of TFLite.
 * For SUB the latter's siblings differ: kernels/sub.cc has quotients in double, as here, micro/kernels/sub_common.cc in
 * float32, which the public recordings of int16 SUB do not bear out.
 */
export const WIDE_ADD_LEFT_SHIFT = 15;
export function wideAddMultipliers(a: Tensor, b: Tensor, output: Tensor) {
  const twice = 2 * Math.max(perTensor(a).scale, perTensor(b).scale);
  const whole = 2 ** WIDE_ADD_LEFT_SHIFT * perTensor(output).scale;
  return {
    a: quantizeMultiplier(perTensor(a).scale / twice, "double"),
    b: quantizeMultiplier(perTensor(b).scale / twice, "double"),
    output: quantizeMultiplier(twice / whole, "double"),
  };
}

/** MUL: s1 · s2 / s_out in double. */
export const mulMultiplier = (
  a: Tensor,
  b: Tensor,
  output: Tensor,
  rounding: Rounding,
): Multiplier =>
  quantizeMultiplier((perTensor(a).scale * perTensor(b).scale) / perTensor(output).scale, rounding);

/** DIV: s1 / (s2 · s_out) in float32. */
export const divMultiplier = (
  a: Tensor,
  b: Tensor,
  output: Tensor,
  rounding: Rounding,
): Multiplier => {
  const product = f32(perTensor(b).scale * perTensor(output).scale);
  return quantizeMultiplier(f32(perTensor(a).scale / product), rounding);
};

/** QUANTIZE and MEAN before its division: s_in / s_out in double. QUANTIZE rounds twice in both roundings. */
export const rescaleMultiplier = (
  input: Tensor,
  output: Tensor,
  rounding: Rounding = "double",
): Multiplier => quantizeMultiplier(perTensor(input).scale / perTensor(output).scale, rounding);

/** RELU as an operator of its own: the quotient is a double in TensorFlow Lite Micro, and a float32 in TensorFlow Lite. */
export function reluMultiplier(input: Tensor, output: Tensor, rounding: Rounding): Multiplier {
  const ratio = perTensor(input).scale / perTensor(output).scale;
  return quantizeMultiplier(rounding === "double" ? ratio : f32(ratio), "double");
}

/** LEAKY_RELU: both ratios are float32 before they become multipliers; alpha is taken by magnitude. */
export function leakyReluMultipliers(input: Tensor, output: Tensor, alpha: number) {
  const si = perTensor(input).scale;
  const so = perTensor(output).scale;
  const slope = f32(f32(si * f32(alpha)) / so);
  return {
    identity: quantizeMultiplier(f32(si / so), "double"),
    alpha: quantizeMultiplier(Math.abs(slope), "double"),
    negativeAlpha: slope < 0,
  };
}

/** SOFTMAX of int16: differences in 65535 steps from 0 to −10. TFLite multiplies in float32, TFLite Micro in double. */
export function wideSoftmaxMultiplier(input: Tensor, beta: number, rounding: Rounding): Multiplier {
  const product = perTensor(input).scale * f32(beta);
  return quantizeMultiplier(
    (rounding === "double" ? product : f32(product)) / (10 / 65_535),
    "double",
  );
}

/** PRELU: quotients are doubles in TensorFlow Lite Micro, and float32 in TensorFlow Lite. Both round twice. */
export function preluMultipliers(
  input: Tensor,
  slopes: Tensor,
  output: Tensor,
  rounding: Rounding,
) {
  const [si, sa, so] = [input, slopes, output].map((one) => perTensor(one).scale) as [
    ...[number, number, number],
  ];
  const exact = rounding === "double";
  return {
    above: quantizeMultiplier(exact ? si / so : f32(si / so), "double"),
    below: quantizeMultiplier(exact ? (si * sa) / so : f32(f32(si * sa) / so), "double"),
  };
}

/** TFLite: CalculateActivationRangeQuantized. The quotient is float32. */
export function activationRange(
  activation: Activation,
  output: Tensor,
): { readonly low: number; readonly high: number } {
  const { scale, zeroPoint } = perTensor(output);
  const [least, most] = output.dtype === "i16" ? [-32_768, 32_767] : [-128, 127];
  const q = (x: number) => zeroPoint + roundHalfAway(f32(x / scale));
  const low = activation === "NONE" ? least : activation === "RELU_N1_TO_1" ? q(-1) : zeroPoint;
  const high = activation === "RELU6" ? q(6) : activation === "RELU_N1_TO_1" ? q(1) : most;
  return { low: Math.max(least, low), high: Math.min(most, high) };
}
