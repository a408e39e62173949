/**
 * TFLite's fixed-point primitives, from the standard's definitions, in exact double arithmetic: every intermediate is an
 * integer below 2^53. tests/support/oracle.test.ts compares each with its definition in BigInt.
 *
 * Part of the oracle: shares no code with the compiler or the kernels.
 */
import type { Rounding } from "../../../host/model/multiplier.ts";

/** The real number q · 2^(exponent − 31). */
export type FixedMultiplier = { readonly q: number; readonly exponent: number };

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

/** Checks what the standard takes for granted: outside int32 its result is undefined, and so is any comparison. */
export function int32(x: number, what: string): number {
  if (x < INT32_MIN || x > INT32_MAX) throw new RangeError(`${what} leaves int32: ${x}`);
  return x;
}

/** C `round`. */
export const roundHalfAwayFromZero = (x: number): number =>
  x < 0 ? -roundHalfAwayFromZero(-x) : Math.floor(x) + (x - Math.floor(x) >= 0.5 ? 1 : 0);

/** QuantizeMultiplier: m = f · 2^e, f in [0.5, 1). Halving and doubling are exact. */
export function toMultiplier(m: number, rounding: Rounding): FixedMultiplier {
  if (m === 0) return { q: 0, exponent: 0 };
  let fraction = m;
  let exponent = 0;
  for (; fraction >= 1; exponent++) fraction /= 2;
  for (; fraction < 0.5; exponent--) fraction *= 2;
  let q = roundHalfAwayFromZero(fraction * 2 ** 31);
  if (q === 2 ** 31) {
    q = 2 ** 30;
    exponent++;
  }
  if (exponent < -31) return { q: 0, exponent: 0 };
  if (rounding === "single" && exponent > 30) return { q: INT32_MAX, exponent: 30 };
  return { q, exponent };
}

/**
 * floor((a · b + 2^(n−1)) / 2^n) for |a|, |b| ≤ 2^31 and 17 ≤ n ≤ 62, without a 64-bit product:
 * b = high · 2^16 + low, so that |a · high| ≤ 2^46 and 0 ≤ |a · low| < 2^47, and nested floors are one floor.
 */
function roundedProduct(a: number, b: number, n: number): number {
  const high = Math.floor(b / 2 ** 16);
  const low = b - high * 2 ** 16;
  const carry = Math.floor((a * low) / 2 ** 16);
  return Math.floor((a * high + carry + 2 ** (n - 17)) / 2 ** (n - 16));
}

/** SaturatingRoundingDoublingHighMul. */
export const doublingHighMultiply = (a: number, b: number): number =>
  a === INT32_MIN && b === INT32_MIN ? INT32_MAX : roundedProduct(a, b, 31);

/** RoundingDivideByPOT: half away from zero. Beyond 31 bits, where C is undefined, the quotient: 0. */
export const divideByPowerOfTwo = (x: number, n: number): number =>
  n > 31 ? 0 : roundHalfAwayFromZero(x / 2 ** n);

/** MultiplyByQuantizedMultiplier of both builds. */
export function requantize(
  x: number,
  { q, exponent }: FixedMultiplier,
  rounding: Rounding,
): number {
  if (rounding === "double") {
    const shifted = int32(x * 2 ** Math.max(exponent, 0), "the shifted accumulator");
    return divideByPowerOfTwo(doublingHighMultiply(shifted, q), Math.max(-exponent, 0));
  }
  const n = 31 - exponent;
  if (n >= 17) return int32(roundedProduct(x, q, n), "the product");
  // n < 17: a result inside int32 comes from a product below 2^47, which is exact
  return int32(Math.floor((x * q + 2 ** (n - 1)) / 2 ** n), "the product");
}

/** gemmlowp SaturatingRoundingMultiplyByPOT<n>. */
export const saturatingShiftLeft = (x: number, n: number): number =>
  Math.min(INT32_MAX, Math.max(INT32_MIN, x * 2 ** n));

/** gemmlowp RoundingHalfSum. */
export const roundingHalfSum = (a: number, b: number): number => roundHalfAwayFromZero((a + b) / 2);

export const clamp = (x: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, x));

export const saturateInt8 = (x: number): number => clamp(x, -128, 127);
