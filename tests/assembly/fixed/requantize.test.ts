import { expect, test } from "vitest";
import {
  exactDivideByPot,
  exactDoublingHighMul,
  INT32_CORNERS,
  INT32_MAX,
  INT32_MIN,
  randomInt32s,
  roundedShift,
  same,
  saturated,
} from "../../support/int32.ts";
import { kernel } from "../../support/kernel.ts";
import { requantize } from "../../support/oracle/fixed-point.ts";

const k = await kernel(
  "assembly/fixed/requantize.ts",
  {},
  "multiplyByQuantizedMultiplierDouble",
  "multiplyByQuantizedMultiplierSingle",
  "multiplyByQuantizedMultiplier",
);
/** i64 is BigInt at the border to JavaScript. */
const wide = k as unknown as {
  roundingShift(product: bigint, shift: bigint, nudge: bigint): number;
  nudgeOf(exponent: number, rounding: number): bigint;
};
const [DOUBLE, SINGLE] = [0, 1];

const NUMBERS = [...INT32_CORNERS, ...randomInt32s(2, 150)];
/** 0, and [2^30, 2^31): the ends, their neighbours, and any. */
const QS = [
  0,
  2 ** 30,
  2 ** 30 + 1,
  3 * 2 ** 29,
  INT32_MAX - 1,
  INT32_MAX,
  ...randomInt32s(3, 10).map((x) => 2 ** 30 + (Math.abs(x) % 2 ** 30)),
];

/** Double rounding; where the left shift leaves int32, undefined in TFLite, the shifted number saturates. */
function double(x: number, q: number, exponent: number): number {
  const shifted = saturated(BigInt(x) << BigInt(Math.max(exponent, 0)));
  return exactDivideByPot(exactDoublingHighMul(shifted, q), Math.max(-exponent, 0));
}

const single = (x: number, q: number, exponent: number): number =>
  saturated(roundedShift(BigInt(x) * BigInt(q), 31 - exponent));

function sweep(check: (x: number, q: number, exponent: number) => void): void {
  for (const q of QS) {
    for (let exponent = -31; exponent <= 30; exponent++) {
      for (const x of NUMBERS) check(x, q, exponent);
    }
  }
}

test("double rounding: exponents −31 … 30, every corner of x and q", () => {
  sweep((x, q, exponent) => {
    const what = () => `${x} · ${q} · 2^${exponent - 31}`;
    const expected = double(x, q, exponent);
    same(k.multiplyByQuantizedMultiplierDouble(x, q, exponent), expected, what);
    same(k.multiplyByQuantizedMultiplier(x, q, exponent, DOUBLE), expected, what);
  });
});

test("single rounding: exponents −31 … 30, every corner of x and q", () => {
  sweep((x, q, exponent) => {
    const what = () => `${x} · ${q} · 2^${exponent - 31}`;
    const expected = single(x, q, exponent);
    same(k.multiplyByQuantizedMultiplierSingle(x, q, exponent), expected, what);
    same(k.multiplyByQuantizedMultiplier(x, q, exponent, SINGLE), expected, what);
  });
});

test("both are the oracle's wherever the standard defines them", () => {
  sweep((x, q, exponent) => {
    const what = () => `${x} · ${q} · 2^${exponent - 31}`;
    const product = Number(roundedShift(BigInt(x) * BigInt(q), 31 - exponent));
    if (product >= INT32_MIN && product <= INT32_MAX) {
      const got = k.multiplyByQuantizedMultiplierSingle(x, q, exponent);
      same(got, requantize(x, { q, exponent }, "single") + 0, what);
    }
    const shifted = x * 2 ** Math.max(exponent, 0);
    if (shifted >= INT32_MIN && shifted <= INT32_MAX) {
      const got = k.multiplyByQuantizedMultiplierDouble(x, q, exponent);
      same(got, requantize(x, { q, exponent }, "double") + 0, what);
    }
  });
});

test("roundingShift with its nudge: the same numbers for exponents without a left shift", () => {
  sweep((x, q, exponent) => {
    if (exponent > 0) return;
    const product = BigInt(x) * BigInt(q);
    for (const rounding of [DOUBLE, SINGLE]) {
      const nudge = wide.nudgeOf(exponent, rounding);
      const expected = (rounding === DOUBLE ? double : single)(x, q, exponent);
      const got = wide.roundingShift(product, BigInt(31 - exponent), nudge);
      same(got, expected, () => `${x} · ${q} · 2^${exponent - 31}, rounding ${rounding}`);
    }
  });
});

test("nudgeOf: 2^30 before a second rounding, otherwise nothing", () => {
  for (let exponent = -31; exponent <= 30; exponent++) {
    expect(wide.nudgeOf(exponent, DOUBLE)).toBe(exponent < 0 ? 2n ** 30n : 0n);
    expect(wide.nudgeOf(exponent, SINGLE)).toBe(0n);
  }
});
