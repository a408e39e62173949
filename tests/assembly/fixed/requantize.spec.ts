import {
  DOUBLE_ROUNDING,
  multiplyByQuantizedMultiplier,
  multiplyByQuantizedMultiplierDouble,
  multiplyByQuantizedMultiplierSingle,
  nudgeOf,
  roundingShift,
  SINGLE_ROUNDING,
} from "../../../assembly/fixed/requantize";
import { atMost, INT32_COUNT, int32, same } from "../../as-pect/int32";

const MIN = i32.MIN_VALUE;
const MAX = i32.MAX_VALUE;
const HALF = 1 << 30; // the smallest q: 0.5 · 2^exponent

/** A q of the range, 2^30 … 2^31 − 1. */
function multiplier(k: i32): i32 {
  return k === 0 ? HALF : k === 1 ? MAX : (int32(k * 11 + 140) & (HALF - 1)) | HALF;
}
const MULTIPLIERS = 12;

describe("multiplyByQuantizedMultiplier", () => {
  test("times one is the identity", () => {
    for (let k = 0; k < INT32_COUNT; ++k) {
      const x = int32(k);
      same(multiplyByQuantizedMultiplierSingle(x, HALF, 1), x);
      // two roundings shift x left first
      if (x >= -HALF && x < HALF) same(multiplyByQuantizedMultiplierDouble(x, HALF, 1), x);
    }
  });

  test("times zero is zero", () => {
    for (let k = 0; k < INT32_COUNT; ++k) {
      same(multiplyByQuantizedMultiplierSingle(int32(k), 0, 0), 0);
      same(multiplyByQuantizedMultiplierDouble(int32(k), 0, 0), 0);
    }
  });

  test("times a quarter: one rounding goes up, two go away from zero", () => {
    expect<i32>(multiplyByQuantizedMultiplierSingle(2, HALF, -1)).toBe(1);
    expect<i32>(multiplyByQuantizedMultiplierSingle(-2, HALF, -1)).toBe(0);
    expect<i32>(multiplyByQuantizedMultiplierDouble(2, HALF, -1)).toBe(1);
    expect<i32>(multiplyByQuantizedMultiplierDouble(-2, HALF, -1)).toBe(-1);
    // 1/4 is first rounded to 1/2, then to 1
    expect<i32>(multiplyByQuantizedMultiplierSingle(1, HALF, -1)).toBe(0);
    expect<i32>(multiplyByQuantizedMultiplierDouble(1, HALF, -1)).toBe(1);
  });

  test("biases of 2^30 at exponent −31 leave the halves", () => {
    expect<i32>(multiplyByQuantizedMultiplierDouble(MAX, MAX, -31)).toBe(1);
    expect<i32>(multiplyByQuantizedMultiplierDouble(MIN, MAX, -31)).toBe(-1);
    expect<i32>(multiplyByQuantizedMultiplierDouble(HALF, MAX, -31)).toBe(1);
    expect<i32>(multiplyByQuantizedMultiplierDouble(HALF - 1, HALF, -31)).toBe(0);
    expect<i32>(multiplyByQuantizedMultiplierSingle(MAX, MAX, -31)).toBe(1);
    expect<i32>(multiplyByQuantizedMultiplierSingle(MIN, MAX, -31)).toBe(-1);
    // a little less than one half, which the first of two roundings makes a half
    expect<i32>(multiplyByQuantizedMultiplierSingle(HALF, MAX, -31)).toBe(0);
  });

  test("saturates where the product leaves int32", () => {
    expect<i32>(multiplyByQuantizedMultiplierSingle(MAX, MAX, 1)).toBe(MAX);
    expect<i32>(multiplyByQuantizedMultiplierSingle(MIN, MAX, 30)).toBe(MIN);
    expect<i32>(multiplyByQuantizedMultiplierDouble(2, MAX, 30)).toBe(MAX - 1);
    expect<i32>(multiplyByQuantizedMultiplierDouble(-2, HALF, 30)).toBe(-HALF);
  });

  test("grows with x", () => {
    for (let m = 0; m < MULTIPLIERS; ++m) {
      for (let exponent = -31; exponent <= 30; ++exponent) {
        let single = MIN;
        let double = MIN;
        for (let k = 0; k <= 256; ++k) {
          const x = i32(i64(MIN) + (i64(u32.MAX_VALUE) * i64(k)) / 256);
          const nextSingle = multiplyByQuantizedMultiplierSingle(x, multiplier(m), exponent);
          const nextDouble = multiplyByQuantizedMultiplierDouble(x, multiplier(m), exponent);
          atMost(single, nextSingle);
          atMost(double, nextDouble);
          single = nextSingle;
          double = nextDouble;
        }
      }
    }
  });

  test("the two roundings are never further apart than 1", () => {
    for (let m = 0; m < MULTIPLIERS; ++m) {
      for (let exponent = -31; exponent <= 0; ++exponent) {
        for (let k = 0; k < INT32_COUNT; ++k) {
          const x = int32(k);
          const single = multiplyByQuantizedMultiplier(x, multiplier(m), exponent, SINGLE_ROUNDING);
          const double = multiplyByQuantizedMultiplier(x, multiplier(m), exponent, DOUBLE_ROUNDING);
          atMost(abs(single - double), 1);
        }
      }
    }
  });
});

describe("roundingShift", () => {
  test("is multiplyByQuantizedMultiplier without a left shift", () => {
    for (let rounding = DOUBLE_ROUNDING; rounding <= SINGLE_ROUNDING; ++rounding) {
      for (let exponent = -31; exponent <= 0; ++exponent) {
        const nudge = nudgeOf(exponent, rounding);
        for (let m = 0; m < MULTIPLIERS; ++m) {
          const q = multiplier(m);
          for (let k = 0; k < INT32_COUNT; ++k) {
            const x = int32(k);
            const shifted = roundingShift(i64(x) * i64(q), i64(31 - exponent), nudge);
            same(shifted, multiplyByQuantizedMultiplier(x, q, exponent, rounding));
          }
        }
      }
    }
  });

  test("nudges only before a second rounding", () => {
    expect<i64>(nudgeOf(-1, DOUBLE_ROUNDING)).toBe(1 << 30);
    expect<i64>(nudgeOf(-31, DOUBLE_ROUNDING)).toBe(1 << 30);
    expect<i64>(nudgeOf(0, DOUBLE_ROUNDING)).toBe(0);
    expect<i64>(nudgeOf(-1, SINGLE_ROUNDING)).toBe(0);
  });
});
