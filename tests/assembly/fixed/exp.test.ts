import { expect, test } from "vitest";
import { INT32_CORNERS, INT32_MIN, randomInt32s, same } from "../../support/int32.ts";
import { kernel } from "../../support/kernel.ts";
import { expOfNegative } from "../../support/oracle/transcendental.ts";

const k = await kernel("assembly/fixed/exp.ts", {}, "expOnNegativeValues");

const NEGATIVE = [...INT32_CORNERS, ...randomInt32s(4, 20_000)].map((x) => (x > 0 ? -x : x));
const ONE = 2 ** 31;

test("the oracle's bits at every corner, for every number of integer bits", () => {
  for (let integerBits = 0; integerBits <= 5; integerBits++) {
    for (const a of NEGATIVE) {
      const what = () => `exp(${a} in Q${integerBits + 1}.${31 - integerBits})`;
      same(k.expOnNegativeValues(a, integerBits), expOfNegative(a, integerBits), what);
    }
  }
});

test("the oracle's bits on an even sweep of −32 … 0", () => {
  for (let a = INT32_MIN; a <= 0; a += 40_503) {
    same(k.expOnNegativeValues(a, 5), expOfNegative(a, 5), () => `exp(${a})`);
  }
});

/** The largest distance from Math.exp in units of 2^−31. */
function largestError(integerBits: number): number {
  let largest = 0;
  for (const a of NEGATIVE) {
    const real = Math.exp((a * 2 ** integerBits) / ONE) * ONE;
    largest = Math.max(largest, Math.abs(k.expOnNegativeValues(a, integerBits) - real));
  }
  return largest;
}

test("within 500 ulp of e^a in Q1.31: what Taylor's polynomial leaves out, and a few roundings", () => {
  // e^(−1/8) · (e^x − Σ x^n / n! for n ≤ 4) at x = 1/8, the end of the interval: 492 ulp
  const x = 1 / 8;
  const polynomial = 1 + x + x ** 2 / 2 + x ** 3 / 6 + x ** 4 / 24;
  expect(ONE * Math.exp(-x) * (Math.exp(x) - polynomial)).toBeCloseTo(492, 0);
  for (let integerBits = 0; integerBits <= 5; integerBits++) {
    expect(largestError(integerBits)).toBeLessThan(500);
  }
});

test("for large |a| the result is a few units: 1 ulp", () => {
  for (const a of NEGATIVE.filter((x) => x < -(2 ** 30))) {
    const real = Math.exp((a * 32) / ONE) * ONE; // below e^−16: 242
    expect(Math.abs(k.expOnNegativeValues(a, 5) - real)).toBeLessThan(1);
  }
});
