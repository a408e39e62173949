/**
 * What `single` means: the bytes of TensorFlow Lite's interpreter on a PC, which hands each layer that XNNPACK takes to it,
 * and computes the others with kernels of its own.
 *
 * - Most layers with multipliers: one product, rounded once. XNNPACK's float32 gives the same bytes but for ties.
 * - MUL: XNNPACK's float32, to the bit: ties go to even.
 * - LEAKY_RELU, and QUANTIZE of bytes to bytes of the same type: XNNPACK's multipliers of 8 fraction bits.
 * - RESIZE_BILINEAR: XNNPACK's weights of 11 bits, in `resize.ts`.
 * - RELU, PRELU, ABS, QUANTIZE between int8 and uint8, whatever has int16, and what XNNPACK refuses of the above:
 *   TensorFlow Lite's own kernels, which round twice, as TensorFlow Lite Micro does; some take quotients in float32.
 *
 * Sources: XNNPACK's operators/leaky-relu-nc.c, unary-elementwise-nc.c, binary-elementwise-nd.c and params-init.c;
 * TensorFlow Lite's kernels/activations.cc, elementwise.cc, quantize.cc. `tests/bench/desktop.test.ts` holds all of them
 * against TensorFlow Lite itself.
 */
import { perTensor, type Tensor } from "./graph.ts";

const f32 = Math.fround;

/** To the nearest integer, ties to the even one: lrintf(). */
export function nearestEven(x: number): number {
  const below = Math.floor(x);
  const part = x - below;
  return part < 0.5 || (part === 0.5 && below % 2 === 0) ? below : below + 1;
}

const LEAST_SHORT = 2 ** -8;
const MOST_SHORT = 2 ** 7;

/** XNNPACK's multiplier of bytes, in 1/256. */
const short = (ratio: number): number => nearestEven(f32(256 * ratio));

const isShort = (ratio: number): boolean => ratio >= LEAST_SHORT && ratio <= MOST_SHORT;

/** In 1/256: the factor at and above the zero point, and below it. */
export type ShortMultipliers = { readonly above: number; readonly below: number };

/** QUANTIZE of int8 to int8, or uint8 to uint8; null where XNNPACK refuses it. */
export function shortRescale(input: Tensor, output: Tensor): ShortMultipliers | null {
  const ratio = f32(perTensor(input).scale / perTensor(output).scale);
  return isShort(ratio) ? { above: short(ratio), below: short(ratio) } : null;
}

/** LEAKY_RELU; null where XNNPACK refuses it. */
export function shortLeakyRelu(
  input: Tensor,
  output: Tensor,
  alpha: number,
): ShortMultipliers | null {
  const ratio = f32(perTensor(input).scale / perTensor(output).scale);
  const slope = f32(ratio * f32(alpha));
  const taken = Math.abs(slope) >= LEAST_SHORT && slope >= -127.9375 && slope <= MOST_SHORT;
  return isShort(ratio) && taken ? { above: short(ratio), below: short(slope) } : null;
}

/** A float32: mantissa · 2^exponent, the mantissa from 2^23 to 2^24 − 1. */
export type Float32 = { readonly mantissa: number; readonly exponent: number };

/** MUL's factor s1 · s2 / s_out in float32; null where XNNPACK refuses it. */
export function floatProduct(a: Tensor, b: Tensor, output: Tensor): Float32 | null {
  const scale = f32(f32(perTensor(a).scale * perTensor(b).scale) / perTensor(output).scale);
  if (scale < 2 ** -16 || scale >= 2 ** 8) return null;
  let exponent = 0;
  let mantissa = scale;
  for (; mantissa < 2 ** 23; exponent--) mantissa *= 2;
  for (; mantissa >= 2 ** 24; exponent++) mantissa /= 2;
  return { mantissa, exponent };
}
