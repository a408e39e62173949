/** HARD_SWISH, from TFLite's definition in int16 fixed point, in BigInt. Part of the oracle. */
import { toMultiplier } from "./fixed-point.ts";
import { at, type Operation } from "./operand.ts";

const saturated = (x: bigint): bigint => (x > 32767n ? 32767n : x < -32768n ? -32768n : x);

/** C's division, towards zero. */
const quotient = (a: bigint, b: bigint): bigint => a / b;

/** SaturatingRoundingDoublingHighMul on 16 bits: a nudge of the product's sign, then C's division. */
function roundedHigh(a: bigint, b: bigint): bigint {
  if (a === -32768n && b === -32768n) return 32767n;
  const ab = a * b;
  return quotient(ab + (ab >= 0n ? 16384n : -16383n), 32768n);
}

/** RoundingDivideByPOT: ties away from zero. */
function rightShift(x: bigint, bits: number): bigint {
  const mask = (1n << BigInt(bits)) - 1n;
  const rest = x & mask;
  const half = (mask >> 1n) + (x < 0n ? 1n : 0n);
  return (x >> BigInt(bits)) + (rest > half ? 1n : 0n);
}

/** A multiplier of 31 fraction bits with 15 left: half is added, and the largest stays. */
function to16(q: number): bigint {
  return q >= 2147483647 - 32768 ? 32767n : BigInt(q + 32768) >> 16n;
}

export function hardSwish({ inputs, output }: Operation<"HARD_SWISH">): void {
  const input = at(inputs, 0);
  const hires = Math.fround(Math.fround(1 / 128) * input.scale);
  const out = toMultiplier(Math.fround(hires / output.scale), "double");
  const relu = toMultiplier(Math.fround(hires / Math.fround(3 / 32768)), "double");
  if (out.exponent > 0) throw new RangeError("output multiplier above 1");
  for (let k = 0; k < output.values.length; k++) {
    const value = BigInt((at(input.values, k) - input.zeroPoint) * 128);
    const preshift = roundedHigh(value, to16(out.q));
    let gate = value;
    if (relu.exponent > 0) gate = saturated(gate << BigInt(relu.exponent - 1));
    gate = roundedHigh(gate, to16(relu.q));
    if (relu.exponent > 0) gate = saturated(gate << 1n);
    if (relu.exponent < 0) gate = rightShift(gate, -relu.exponent);
    gate = (gate + 32768n) >> 1n;
    const scaled = rightShift(quotient(gate * preshift, 32768n), -out.exponent);
    const result = Number(scaled) + output.zeroPoint;
    output.values[k] = Math.max(-128, Math.min(127, result));
  }
}
