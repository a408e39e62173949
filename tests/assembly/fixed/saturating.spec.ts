import {
  roundingDivideByPot,
  roundingHalfSum,
  saturatingLeftShift,
  saturatingRoundingDoublingHighMul,
} from "../../../assembly/fixed/saturating";
import { atMost, INT32_COUNT, int32, same } from "../../as-pect/int32";

const MIN = i32.MIN_VALUE;
const MAX = i32.MAX_VALUE;

describe("saturatingLeftShift", () => {
  test("holds at the ends of int32", () => {
    expect<i32>(saturatingLeftShift(1 << 30, 1)).toBe(MAX);
    expect<i32>(saturatingLeftShift(-(1 << 30), 1)).toBe(MIN);
    expect<i32>(saturatingLeftShift(-(1 << 30) - 1, 1)).toBe(MIN);
    expect<i32>(saturatingLeftShift(1, 31)).toBe(MAX);
    expect<i32>(saturatingLeftShift(-1, 31)).toBe(MIN);
    expect<i32>(saturatingLeftShift(MAX, 31)).toBe(MAX);
    expect<i32>(saturatingLeftShift(MIN, 31)).toBe(MIN);
  });

  test("is a plain shift wherever that can be undone, and never changes the sign", () => {
    for (let k = 0; k < INT32_COUNT; ++k) {
      const x = int32(k);
      for (let n = 0; n < 32; ++n) {
        const shifted = saturatingLeftShift(x, n);
        const wide = (x << n) >> n === x ? x << n : x < 0 ? MIN : MAX;
        same(shifted, wide);
      }
    }
  });
});

describe("saturatingRoundingDoublingHighMul", () => {
  test("−1 · −1 is the one product that saturates", () => {
    expect<i32>(saturatingRoundingDoublingHighMul(MIN, MIN)).toBe(MAX);
    expect<i32>(saturatingRoundingDoublingHighMul(MIN, MAX)).toBe(-MAX);
    expect<i32>(saturatingRoundingDoublingHighMul(MAX, MAX)).toBe(MAX - 1);
  });

  test("one half of one half is a quarter", () => {
    expect<i32>(saturatingRoundingDoublingHighMul(1 << 30, 1 << 30)).toBe(1 << 29);
  });

  test("commutes, keeps zero, and is odd but for ties, which go up", () => {
    for (let j = 0; j < INT32_COUNT; ++j) {
      const a = int32(j);
      same(saturatingRoundingDoublingHighMul(a, 0), 0);
      for (let k = j; k < INT32_COUNT; k += 7) {
        const b = int32(k);
        const product = saturatingRoundingDoublingHighMul(a, b);
        same(product, saturatingRoundingDoublingHighMul(b, a));
        if (a === MIN) continue;
        const tie = (a * b) << 1 === MIN && b !== MIN; // the low 31 bits of a·b are 2^30
        const negated = saturatingRoundingDoublingHighMul(-a, b);
        same(i64(product) + i64(negated), tie ? 1 : 0);
      }
    }
  });
});

describe("roundingDivideByPot", () => {
  test("ties go away from zero", () => {
    expect<i32>(roundingDivideByPot(3, 1)).toBe(2);
    expect<i32>(roundingDivideByPot(-3, 1)).toBe(-2);
    expect<i32>(roundingDivideByPot(6, 2)).toBe(2);
    expect<i32>(roundingDivideByPot(-6, 2)).toBe(-2);
    expect<i32>(roundingDivideByPot(5, 2)).toBe(1);
    expect<i32>(roundingDivideByPot(-5, 2)).toBe(-1);
  });

  test("by 2^31 only halves are left: −1, 0 and 1", () => {
    expect<i32>(roundingDivideByPot(MAX, 31)).toBe(1);
    expect<i32>(roundingDivideByPot(1 << 30, 31)).toBe(1);
    expect<i32>(roundingDivideByPot((1 << 30) - 1, 31)).toBe(0);
    expect<i32>(roundingDivideByPot(-(1 << 30), 31)).toBe(-1);
    expect<i32>(roundingDivideByPot(1 - (1 << 30), 31)).toBe(0);
    expect<i32>(roundingDivideByPot(MIN, 31)).toBe(-1);
  });

  test("is odd, is the identity for n = 0, and is never further than half a step away", () => {
    for (let k = 0; k < INT32_COUNT; ++k) {
      const x = int32(k);
      same(roundingDivideByPot(x, 0), x);
      for (let n = 1; n < 32; ++n) {
        const quotient = roundingDivideByPot(x, n);
        if (x !== MIN) same(roundingDivideByPot(-x, n), -quotient);
        atMost(abs(i64(x) - (i64(quotient) << n)), i64(1) << (n - 1));
      }
    }
  });
});

describe("roundingHalfSum", () => {
  test("always fits", () => {
    expect<i32>(roundingHalfSum(MAX, MAX)).toBe(MAX);
    expect<i32>(roundingHalfSum(MIN, MIN)).toBe(MIN);
    expect<i32>(roundingHalfSum(MIN, MAX)).toBe(-1);
    expect<i32>(roundingHalfSum(MAX, MAX - 1)).toBe(MAX);
  });

  test("is the identity for a = b, commutes, and is odd", () => {
    for (let k = 0; k < INT32_COUNT; ++k) {
      const a = int32(k);
      const b = int32(INT32_COUNT - 1 - k);
      same(roundingHalfSum(a, a), a);
      same(roundingHalfSum(a, b), roundingHalfSum(b, a));
      if (a !== MIN && b !== MIN) same(roundingHalfSum(-a, -b), -roundingHalfSum(a, b));
    }
  });
});
