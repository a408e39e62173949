import { expect, test } from "vitest";
import {
  exactDivideByPot,
  exactDoublingHighMul,
  INT32_CORNERS,
  INT32_MAX,
  INT32_MIN,
  randomInt32s,
  same,
  saturated,
} from "../../support/int32.ts";
import { kernel } from "../../support/kernel.ts";
import * as oracle from "../../support/oracle/fixed-point.ts";

const k = await kernel(
  "assembly/fixed/saturating.ts",
  {},
  "saturatingLeftShift",
  "saturatingRoundingDoublingHighMul",
  "roundingDivideByPot",
  "roundingHalfSum",
);
const NUMBERS = [...INT32_CORNERS, ...randomInt32s(1, 300)];

test("saturatingLeftShift: every corner by every shift", () => {
  for (const x of NUMBERS) {
    for (let n = 0; n <= 31; n++) {
      const got = k.saturatingLeftShift(x, n);
      same(got, saturated(BigInt(x) << BigInt(n)), () => `${x} << ${n}`);
      same(got, oracle.saturatingShiftLeft(x, n) + 0, () => `${x} << ${n}, oracle`);
    }
  }
});

test("saturatingRoundingDoublingHighMul: every pair of corners", () => {
  expect(k.saturatingRoundingDoublingHighMul(INT32_MIN, INT32_MIN)).toBe(INT32_MAX);
  for (const a of NUMBERS) {
    for (const b of NUMBERS) {
      const got = k.saturatingRoundingDoublingHighMul(a, b);
      same(got, exactDoublingHighMul(a, b), () => `${a} · ${b}`);
      same(got, oracle.doublingHighMultiply(a, b) + 0, () => `${a} · ${b}, oracle`);
    }
  }
});

test("roundingDivideByPot: every corner by every power; beyond 2^31 only −2^31 / 2^32 is left", () => {
  for (const x of NUMBERS) {
    for (let n = 0; n <= 62; n++) {
      const got = k.roundingDivideByPot(x, n);
      same(got, exactDivideByPot(x, n), () => `${x} / 2^${n}`);
      // C's shift is undefined from 32 on
      if (n < 32) same(got, oracle.divideByPowerOfTwo(x, n) + 0, () => `${x} / 2^${n}, oracle`);
    }
  }
});

test("roundingHalfSum: every pair of corners", () => {
  for (const a of NUMBERS) {
    for (const b of NUMBERS) {
      const sum = BigInt(a) + BigInt(b);
      const expected = Number((sum + (sum >= 0n ? 1n : -1n)) / 2n); // BigInt's / truncates
      same(k.roundingHalfSum(a, b), expected, () => `(${a} + ${b}) / 2`);
      same(expected, oracle.roundingHalfSum(a, b) + 0, () => `(${a} + ${b}) / 2, oracle`);
    }
  }
});
