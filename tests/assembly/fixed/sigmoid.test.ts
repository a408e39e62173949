import { expect, test } from "vitest";
import { INT32_CORNERS, INT32_MAX, INT32_MIN, randomInt32s, same } from "../../support/int32.ts";
import { kernel } from "../../support/kernel.ts";
import * as oracle from "../../support/oracle/transcendental.ts";

const k = await kernel("assembly/fixed/sigmoid.ts", {}, "logistic", "tanh");

/** Q5.27 but −2^31, which has no opposite: corners, an even sweep of −16 … 16, any. */
const NUMBERS = [
  ...INT32_CORNERS,
  ...randomInt32s(6, 20_000),
  ...Array.from({ length: 50_001 }, (_, n) => INT32_MIN + Math.floor((n * 2 * INT32_MAX) / 50_000)),
].filter((x) => x !== INT32_MIN);
const ONE = 2 ** 31;
const real = (a: number): number => a / 2 ** 27;

test("logistic: the oracle's bits", () => {
  for (const a of NUMBERS) same(k.logistic(a), oracle.logistic(a), () => `logistic(${a})`);
});

test("tanh: the oracle's bits", () => {
  for (const a of NUMBERS) same(k.tanh(a), oracle.tanh(a) + 0, () => `tanh(${a})`);
});

// an error δ of e^−|a| is one of δ / (1 + e^−|a|)² here, and twice that in tanh
test("logistic: within 160 ulp of 1 / (1 + e^−a) in Q1.31", () => {
  const errors = NUMBERS.map((a) => Math.abs(k.logistic(a) - ONE / (1 + Math.exp(-real(a)))));
  expect(errors.reduce((x, y) => Math.max(x, y))).toBeLessThan(160);
});

test("tanh: within 320 ulp of the real curve in Q1.31", () => {
  const errors = NUMBERS.map((a) => Math.abs(k.tanh(a) - ONE * Math.tanh(real(a))));
  expect(errors.reduce((x, y) => Math.max(x, y))).toBeLessThan(320);
});
