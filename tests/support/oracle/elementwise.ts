/** ADD, SUB, MUL, extrema, slopes and the operators of one operand. Part of the oracle. */
import { activationClamp, quantised } from "./activation.ts";
import {
  clamp,
  divideByPowerOfTwo,
  requantize,
  roundHalfAwayFromZero,
  saturateInt8,
  toMultiplier,
} from "./fixed-point.ts";
import { at, type Operand, type Operation } from "./operand.ts";
import { logistic, oneOverOnePlus, tanh } from "./transcendental.ts";

/** NumPy's broadcasting: for every element of the output, the index of the element of `from`. */
export function broadcastIndices(
  from: readonly number[],
  to: readonly number[],
): readonly number[] {
  let indices = [0];
  let outer = 1;
  const padded = [...Array<number>(to.length - from.length).fill(1), ...from];
  to.forEach((extent, axis) => {
    const own = at(padded, axis);
    indices = indices.flatMap((index) =>
      Array.from({ length: extent }, (_, k) => index * own + (own === 1 ? 0 : k)),
    );
    outer *= extent;
  });
  if (indices.length !== outer) throw new Error("broadcast");
  return indices;
}

const SHIFT = 2 ** 20;

export function binary(operation: Operation<"ADD" | "SUB" | "MUL" | "DIV">): void {
  const { node, inputs, output } = operation;
  const a = at(inputs, 0);
  const b = at(inputs, 1);
  const limit = activationClamp(node.activation, output);
  const combine =
    node.kind === "MUL"
      ? product(operation, a, b)
      : node.kind === "DIV"
        ? quotient(operation, a, b)
        : sum(operation, a, b);
  const fromA = broadcastIndices(a.shape, output.shape);
  const fromB = broadcastIndices(b.shape, output.shape);
  for (let k = 0; k < output.values.length; k++) {
    const x = at(a.values, at(fromA, k)) - a.zeroPoint;
    const y = at(b.values, at(fromB, k)) - b.zeroPoint;
    output.values[k] = limit(combine(x, y) + output.zeroPoint);
  }
}

export function extremum({ node, inputs, output }: Operation<"MAXIMUM" | "MINIMUM">): void {
  const [a, b] = [at(inputs, 0), at(inputs, 1)];
  const fromA = broadcastIndices(a.shape, output.shape);
  const fromB = broadcastIndices(b.shape, output.shape);
  const choose = node.kind === "MAXIMUM" ? Math.max : Math.min;
  for (let k = 0; k < output.values.length; k++) {
    output.values[k] = choose(at(a.values, at(fromA, k)), at(b.values, at(fromB, k)));
  }
}

/** Both ratios are doubles in TensorFlow Lite Micro, and float32 in TensorFlow Lite. */
export function prelu({ inputs, output, rounding }: Operation<"PRELU">): void {
  const [input, alpha] = [at(inputs, 0), at(inputs, 1)];
  const float = rounding === "single" ? Math.fround : (x: number) => x;
  const above = toMultiplier(float(input.scale / output.scale), "double");
  const product = float(input.scale * alpha.scale);
  const below = toMultiplier(float(product / output.scale), "double");
  const slopes = broadcastIndices(alpha.shape, output.shape);
  for (let k = 0; k < output.values.length; k++) {
    const x = at(input.values, k) - input.zeroPoint;
    const slope = at(alpha.values, at(slopes, k)) - alpha.zeroPoint;
    const scaled = x >= 0 ? requantize(x, above, "double") : requantize(x * slope, below, "double");
    output.values[k] = saturateInt8(scaled + output.zeroPoint);
  }
}

/** C's lrintf. */
export function toNearestEven(x: number): number {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/** XNNPACK's factor of 8 fraction bits; null where it refuses one of this size. */
function of256ths(factor: number): Scaling | null {
  if (Math.abs(factor) < 1 / 256 || factor > 128 || factor < -127.9375) return null;
  const parts = toNearestEven(Math.fround(256 * factor));
  return (x) => Math.floor((x * parts + 128) / 256);
}

type Scaling = (x: number) => number;

type Combine = (x: number, y: number) => number;

function product({ output, rounding }: Operation, a: Operand, b: Operand): Combine {
  const factor = Math.fround(Math.fround(a.scale * b.scale) / output.scale);
  if (rounding === "single" && factor >= 2 ** -16 && factor < 2 ** 8) {
    return (x, y) => toNearestEven(Math.fround(x * y * factor)); // |x · y| < 2^16: the product in double is exact
  }
  const multiplier = toMultiplier((a.scale * b.scale) / output.scale, "double");
  return (x, y) => requantize(x * y, multiplier, "double");
}

/** gemmlowp's reciprocal of y = (1 + f) · 2^n, and every bit of x in use; x / 0 is undefined there and 0 here. */
function quotient({ output, rounding }: Operation, a: Operand, b: Operand): Combine {
  const real = Math.fround(a.scale / Math.fround(b.scale * output.scale));
  const { q, exponent } = toMultiplier(real, rounding);
  return (dividend, divisor) => {
    if (dividend === 0 || divisor === 0) return 0;
    const [x, y] = divisor < 0 ? [-dividend, -divisor] : [dividend, divisor];
    const n = Math.floor(Math.log2(y));
    const reciprocal = oneOverOnePlus((y / 2 ** n - 1) * 2 ** 31);
    // the largest shift that keeps x in int32
    let headroom = 0;
    while (x * 2 ** (headroom + 1) < 2 ** 31 && x * 2 ** (headroom + 1) >= -(2 ** 31)) headroom++;
    const scaled = requantize(x, { q: reciprocal, exponent: headroom }, rounding);
    const shift = exponent - n - headroom;
    // beyond what TFLite's shift reaches nothing is left
    return shift < -31 ? 0 : requantize(scaled, { q, exponent: shift }, rounding);
  };
}

function sum({ node, output, rounding }: Operation, a: Operand, b: Operand): Combine {
  const twice = 2 * Math.max(a.scale, b.scale);
  const ofA = toMultiplier(a.scale / twice, rounding);
  const ofB = toMultiplier(b.scale / twice, rounding);
  const ofOutput = toMultiplier(twice / (SHIFT * output.scale), rounding);
  const sign = node.kind === "SUB" ? -1 : 1;
  return (x, y) => {
    const left = requantize(x * SHIFT, ofA, rounding);
    const right = requantize(y * SHIFT, ofB, rounding);
    return requantize(left + sign * right, ofOutput, rounding);
  };
}

/** Operators of one operand apply a function of one value. */
function map({ inputs, output }: Operation, f: (x: number) => number): void {
  const input = at(inputs, 0);
  for (let k = 0; k < output.values.length; k++) output.values[k] = f(at(input.values, k));
}

export function copy(operation: Operation): void {
  map(operation, (x) => x);
}

/** QUANTIZE between bytes of either sign, and RELU with its lower bound. */
export function rescale(operation: Operation<"QUANTIZE" | "RELU">): void {
  const { node, inputs, output, rounding } = operation;
  const input = at(inputs, 0);
  // of RELU a float32 in TensorFlow Lite
  const ratio = input.scale / output.scale;
  const float = rounding === "single" && node.kind === "RELU";
  const multiplier = toMultiplier(float ? Math.fround(ratio) : ratio, "double");
  const bytes = input.most - input.least === 255 && input.least === output.least;
  const desktop = rounding === "single" && node.kind === "QUANTIZE" && bytes;
  const scaling =
    (desktop && of256ths(Math.fround(input.scale / output.scale))) ||
    ((x) => requantize(x, multiplier, "double"));
  const low = node.kind === "RELU" ? Math.max(-128, output.zeroPoint) : output.least;
  map(operation, (x) => {
    return clamp(scaling(x - input.zeroPoint) + output.zeroPoint, low, output.most);
  });
}

/** RELU6 keeps the quantisation of its input. */
export function relu6(operation: Operation<"RELU6">): void {
  const input = at(operation.inputs, 0);
  const six = Math.min(127, quantised(6, input));
  map(operation, (x) => clamp(x, input.zeroPoint, six));
}

export function leakyRelu(operation: Operation<"LEAKY_RELU" | "LEAKY_RELU_I16">): void {
  const { node, inputs, output, rounding } = operation;
  const input = at(inputs, 0);
  // both ratios are float32: first the product, then the quotient
  const slope = Math.fround(Math.fround(input.scale * Math.fround(node.alpha)) / output.scale);
  const ratio = Math.fround(input.scale / output.scale);
  const desktop = rounding === "single" && node.kind === "LEAKY_RELU";
  const [above, below] = [
    desktop ? of256ths(ratio) : null,
    desktop ? of256ths(Math.fround(ratio * Math.fround(node.alpha))) : null,
  ];
  const positive = toMultiplier(ratio, "double");
  const negative = toMultiplier(Math.abs(slope), "double");
  const scaling: Scaling =
    above !== null && below !== null
      ? (d) => (d >= 0 ? above(d) : below(d))
      : (d) =>
          d >= 0
            ? requantize(d, positive, "double")
            : requantize(Math.sign(slope) * d, negative, "double");
  map(operation, (x) =>
    clamp(scaling(x - input.zeroPoint) + output.zeroPoint, output.least, output.most),
  );
}

/** The ratio of scales is a double in TensorFlow Lite Micro, and a float32 in TensorFlow Lite. */
export function absolute(operation: Operation<"ABS">): void {
  const { inputs, output, rounding } = operation;
  const input = at(inputs, 0);
  const ratio = input.scale / output.scale;
  const multiplier = toMultiplier(rounding === "single" ? Math.fround(ratio) : ratio, "double");
  map(operation, (x) => {
    const magnitude = Math.abs(x - input.zeroPoint);
    const scaled =
      input.scale === output.scale ? magnitude : requantize(magnitude, multiplier, "double");
    return saturateInt8(scaled + output.zeroPoint);
  });
}

export function sigmoidal(operation: Operation<"LOGISTIC" | "TANH">): void {
  const { node, inputs, rounding } = operation;
  const { scale, zeroPoint } = at(inputs, 0);
  // plain frexp: without the single build's ceiling on exponents
  const multiplier = toMultiplier(scale * 2 ** 27, "double");
  const radius = Math.floor((15 * 2 ** 27) / 2 ** multiplier.exponent);
  map(operation, (x) => {
    const d = x - zeroPoint;
    if (d <= -radius) return -128;
    if (d >= radius) return 127;
    const a = requantize(d, multiplier, rounding);
    return node.kind === "LOGISTIC"
      ? saturateInt8(divideByPowerOfTwo(logistic(a), 23) - 128)
      : saturateInt8(divideByPowerOfTwo(tanh(a), 24));
  });
}

/** DEQUANTIZE to float32, then QUANTIZE. */
export function throughFloat(operation: Operation<"DEQUANTIZE_QUANTIZE">): void {
  const { inputs, output } = operation;
  const { scale, zeroPoint } = at(inputs, 0);
  map(operation, (x) => {
    const real = Math.fround(scale * (x - zeroPoint));
    const steps = roundHalfAwayFromZero(Math.fround(real / output.scale));
    return clamp(steps + output.zeroPoint, output.least, output.most);
  });
}
