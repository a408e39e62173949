/**
 * ADD and SUB as one linear form of both operands. TFLite rounds three times; as operands are bytes, whether
 *
 *     out = (a · A + b · B + K) >> shift
 *
 * gives the same is not a matter of belief: all 65,536 pairs are tried here.
 */

import type { Multiplier, Rounding } from "../../../model/multiplier.ts";
import { type OutputRange, requantize, scaleDouble, scaleSingle } from "../../channels.ts";

/** One operand as TFLite's kernel sees it; sign −1 for the second of SUB. */
export type Operand = {
  readonly scale: number;
  readonly zeroPoint: number;
  readonly multiplier: Multiplier;
  readonly sign: number;
};

export type LinearForm = {
  readonly a: number;
  readonly b: number;
  readonly constant: number;
  readonly shift: number;
};

/** A >> 8 and B >> 8 are i16. */
const FACTOR_LIMIT = 2 ** 23 - 2 ** 8;
const MAX_SHIFT = 30;
/** Factors this close to the ratios of the scales are tried. */
const NEIGHBOURS = 3;

/** Null where no form tried gives every output. */
export function linearForm(
  operands: readonly [Operand, Operand],
  outputScale: number,
  output: Multiplier,
  range: OutputRange,
  rounding: Rounding,
): LinearForm | null {
  const [a, b] = operands.map((o) => (o.sign * o.scale) / outputScale) as [number, number];
  const shift = finestShift(a, b, operands, range);
  if (shift === null) return null;
  const [factorA, factorB] = [a, b].map((x) => Math.round(x * 2 ** shift)) as [number, number];
  const outputs = outputsOf(operands, output, range, rounding);
  for (const [stepA, stepB] of spiral(NEIGHBOURS)) {
    const factors = { a: factorA + stepA, b: factorB + stepB };
    const constant = constantFor(factors, shift, outputs, range);
    if (constant !== null && staysInside({ ...factors, constant, shift })) {
      return { ...factors, constant, shift };
    }
  }
  return null;
}

/** The most fraction bits with which every sum stays inside int32. */
function finestShift(
  a: number,
  b: number,
  operands: readonly [Operand, Operand],
  { zeroPoint }: OutputRange,
): number | null {
  for (let shift = MAX_SHIFT; shift > 0; shift--) {
    const form = { a: a * 2 ** shift, b: b * 2 ** shift, shift };
    const constant =
      (zeroPoint + 1) * 2 ** shift -
      form.a * operands[0].zeroPoint -
      form.b * operands[1].zeroPoint;
    const small = Math.max(Math.abs(form.a), Math.abs(form.b)) < FACTOR_LIMIT;
    if (small && staysInside({ ...form, constant })) return shift;
  }
  return null;
}

/** (0, 0) and its neighbours, the nearest first. */
function spiral(radius: number): readonly (readonly [number, number])[] {
  const steps = Array.from({ length: 2 * radius + 1 }, (_, k) => k - radius);
  const distance = ([x, y]: readonly [number, number]) => Math.abs(x) + Math.abs(y);
  return steps
    .flatMap((x) => steps.map((y) => [x, y] as const))
    .sort((one, other) => distance(one) - distance(other));
}

/**
 * K from the middle of what all 65,536 pairs allow, or null: v · 2^shift ≤ a · A + b · B + K < (v + 1) · 2^shift, where a
 * clamped output bounds K from one side only.
 */
function constantFor(
  { a, b }: { readonly a: number; readonly b: number },
  shift: number,
  outputs: Int8Array,
  { low, high }: OutputRange,
): number | null {
  const unit = 2 ** shift;
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let k = 0; k < outputs.length; k++) {
    const sum = a * ((k >> 8) - 128) + b * ((k & 255) - 128);
    const v = outputs[k] as number;
    if (v > low) least = Math.max(least, v * unit - sum);
    if (v < high) most = Math.min(most, (v + 1) * unit - 1 - sum);
    if (least > most) return null;
  }
  const [from, to] = [Math.max(least, most - unit), Math.min(most, least + unit)];
  return Number.isFinite(from + to) ? Math.floor((from + to) / 2) : null;
}

/** TFLite's output for every pair of bytes, the first operand's in the high byte of the index, each plus 128. */
function outputsOf(
  operands: readonly [Operand, Operand],
  output: Multiplier,
  range: OutputRange,
  rounding: Rounding,
): Int8Array {
  const [termsA, termsB] = operands.map((o) => termsOf(o, rounding)) as [Int32Array, Int32Array];
  const thresholds = thresholdsOf(output, range, rounding);
  let v = 0; // neighbours differ by little: from the last output on, up or down
  return Int8Array.from({ length: 65536 }, (_, k) => {
    const sum = (termsA[k >> 8] as number) + (termsB[k & 255] as number);
    while (v < thresholds.length && sum >= (thresholds[v] as number)) v++;
    while (v > 0 && sum < (thresholds[v - 1] as number)) v--;
    return range.low + v;
  });
}

/** The operand's term in TFLite's sum, for every byte −128 … 127. */
function termsOf({ zeroPoint, multiplier, sign }: Operand, rounding: Rounding): Int32Array {
  const scale = rounding === "double" ? scaleDouble : scaleSingle;
  return Int32Array.from({ length: 256 }, (_, k) => {
    return sign * Number(scale((k - 128 - zeroPoint) * 2 ** 20, multiplier));
  });
}

/** For every output above `low` the smallest sum that gives it: the output never falls as the sum rises. */
function thresholdsOf(output: Multiplier, range: OutputRange, rounding: Rounding): Float64Array {
  const thresholds = new Float64Array(range.high - range.low);
  let from = -(2 ** 28);
  thresholds.forEach((_, k) => {
    let [below, above] = [from - 1, 2 ** 28];
    while (above - below > 1) {
      const middle = Math.floor((below + above) / 2);
      if (requantize(middle, output, rounding, range) > range.low + k) above = middle;
      else below = middle;
    }
    thresholds[k] = above;
    from = above;
  });
  return thresholds;
}

function staysInside({ a, b, constant }: LinearForm): boolean {
  const most = 128 * (Math.abs(a) + Math.abs(b)) + Math.abs(constant);
  return most < 2 ** 31;
}
