import { expect, test } from "vitest";
import { INT32_CORNERS, INT32_MAX, randomInt32s, same } from "../../support/int32.ts";
import { kernel } from "../../support/kernel.ts";
import { oneOverOnePlus } from "../../support/oracle/transcendental.ts";

const k = await kernel("assembly/fixed/reciprocal.ts", {}, "oneOverOnePlus", "oneMinusOverOnePlus");

/** [0, 1) in Q1.31: corners, an even sweep, any. */
const FRACTIONS = [
  ...[...INT32_CORNERS, ...randomInt32s(5, 20_000)].filter((x) => x >= 0),
  ...Array.from({ length: 50_001 }, (_, n) => Math.floor((n * INT32_MAX) / 50_000)),
];
const ONE = 2 ** 31;

test("1 / (1 + a): the oracle's bits, within 8 ulp of the real quotient", () => {
  let largest = 0;
  for (const a of FRACTIONS) {
    const got = k.oneOverOnePlus(a);
    same(got, oneOverOnePlus(a), () => `1 / (1 + ${a})`);
    largest = Math.max(largest, Math.abs(got - ONE / (1 + a / ONE)));
  }
  expect(largest).toBeLessThan(8);
});

// both are a number in Q3.29, whose own roundings are 2 and 4 ulp of the results
test("(1 − a) / (1 + a): within 16 ulp of the real quotient", () => {
  let largest = 0;
  for (const a of FRACTIONS) {
    const real = (ONE * (1 - a / ONE)) / (1 + a / ONE);
    largest = Math.max(largest, Math.abs(k.oneMinusOverOnePlus(a) - real));
  }
  expect(largest).toBeLessThan(16);
});
