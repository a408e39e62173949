/** The oracle's arithmetic in doubles against the standard's definitions in BigInt, over the corners of int32. */
import { expect, test } from "vitest";
import { mulberry32, uniform } from "../../../host/model/random.ts";
import {
  divideByPowerOfTwo,
  doublingHighMultiply,
  requantize,
  roundingHalfSum,
  saturatingShiftLeft,
  toMultiplier,
} from "./fixed-point.ts";
import { expOfNegative, logistic, oneOverOnePlus, tanh } from "./transcendental.ts";

const MAX = 2 ** 31 - 1;
const MIN = -(2 ** 31);
const CORNERS = [0, 1, 2, 255, 2 ** 16 - 1, 2 ** 16, 2 ** 30 - 1, 2 ** 30, 2 ** 30 + 1, MAX];
const random = mulberry32(1);
const anyInt32 = (): number =>
  Math.floor(uniform(random, MIN, MAX + 1)) >> Math.floor(random() * 31);
const INT32S = [MIN, ...CORNERS.flatMap((c) => [c, -c]), ...Array.from({ length: 300 }, anyInt32)];

/** floor((a · b + 2^(n−1)) / 2^n): BigInt's >> is a floor at any size */
const shifted = (a: number, b: number, n: number): number =>
  Number((BigInt(a) * BigInt(b) + (1n << BigInt(n - 1))) >> BigInt(n));

/** gemmlowp's own text: arithmetic shift, plus one when the remainder is above the threshold */
function roundingDivide(x: number, n: number): number {
  const mask = (1n << BigInt(n)) - 1n;
  const remainder = BigInt.asIntN(64, BigInt(x)) & mask;
  const threshold = (mask >> 1n) + (x < 0 ? 1n : 0n);
  return Number((BigInt(x) >> BigInt(n)) + (remainder > threshold ? 1n : 0n));
}

test("doubling high multiply", () => {
  for (const a of INT32S) {
    for (const b of INT32S) {
      const expected = a === MIN && b === MIN ? MAX : shifted(a, b, 31);
      if (doublingHighMultiply(a, b) !== expected) expect([a, b]).toEqual(expected);
    }
  }
});

test("rounding division by a power of two", () => {
  for (const x of INT32S) {
    for (let n = 0; n <= 31; n++) expect(divideByPowerOfTwo(x, n) + 0).toBe(roundingDivide(x, n));
  }
});

test("requantisation in both roundings, exponents −31 … 30", () => {
  const multipliers = [2 ** 30, 2 ** 30 + 1, MAX, ...Array.from({ length: 12 }, anyInt32)];
  for (const q of multipliers.map((m) => Math.abs(m))) {
    for (let exponent = -31; exponent <= 30; exponent++) {
      for (const x of INT32S) {
        const multiplier = { q, exponent };
        const left = x * 2 ** Math.max(exponent, 0);
        const double = fits(left) && roundingDivide(shifted(left, q, 31), Math.max(-exponent, 0));
        const single = shifted(x, q, 31 - exponent);
        check(() => requantize(x, multiplier, "double"), double);
        check(() => requantize(x, multiplier, "single"), fits(single) && single);
      }
    }
  }
});

const fits = (x: number): boolean => x >= MIN && x <= MAX;

/** The expected integer, or a RangeError where the standard is undefined. A call of expect() for each would take minutes. */
function check(compute: () => number, expected: number | false): void {
  if (expected === false) expect(compute).toThrow(RangeError);
  else if (compute() !== expected) expect(compute()).toBe(expected);
}

test("saturation and half sums", () => {
  expect(saturatingShiftLeft(2 ** 29, 2)).toBe(MAX);
  expect(saturatingShiftLeft(-(2 ** 29) - 1, 2)).toBe(MIN);
  expect(saturatingShiftLeft(2 ** 29 - 1, 2)).toBe(MAX - 3);
  expect([roundingHalfSum(3, 4), roundingHalfSum(-3, -4)]).toEqual([4, -4]);
});

test("multipliers: the mantissa that rounds up to one, flushing, the single build's ceiling", () => {
  expect(toMultiplier(1 - 2 ** -40, "double")).toEqual({ q: 2 ** 30, exponent: 1 });
  expect(toMultiplier(2 ** -32, "double")).toEqual({ q: 2 ** 30, exponent: -31 });
  expect(toMultiplier(2 ** -33, "double")).toEqual({ q: 0, exponent: 0 });
  expect(toMultiplier(2 ** 31, "double")).toEqual({ q: 2 ** 30, exponent: 32 });
  expect(toMultiplier(2 ** 31, "single")).toEqual({ q: MAX, exponent: 30 });
  expect(toMultiplier(0.75, "double")).toEqual({ q: 3 * 2 ** 29, exponent: 0 });
});

test("exp, reciprocal, logistic and tanh approximate their functions", () => {
  const one = 2 ** 31;
  for (let k = 0; k <= 4000; k++) {
    const a = Math.floor((k / 4000) * MAX);
    // 2^-22: what Taylor's polynomial leaves out, x^5/120 at |x| = 1/8
    expect(Math.abs(expOfNegative(-a, 5) / one - Math.exp((-a * 32) / one))).toBeLessThan(2 ** -22);
    expect(Math.abs(oneOverOnePlus(a) / one - 1 / (1 + a / one))).toBeLessThan(2 ** -22);
    for (const x of [a, -a]) {
      const real = (x * 16) / one;
      expect(Math.abs(logistic(x) / one - 1 / (1 + Math.exp(-real)))).toBeLessThan(2 ** -22);
      expect(Math.abs(tanh(x) / one - Math.tanh(real))).toBeLessThan(2 ** -22);
    }
  }
});
