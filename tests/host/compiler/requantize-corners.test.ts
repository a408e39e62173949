/**
 * Where the SIMD build's output stage stops serving a channel: at the last number that its lanes hold. What the lanes
 * would hold is written out in BigInt, from the formula at the head of assembly/layers/requantize.simd.ts.
 */
import { describe, expect, test } from "vitest";
import type { Channel, OutputRange } from "../../../host/compiler/channels.ts";
import { vectorStage } from "../../../host/compiler/requantize-simd.ts";

const FULL: OutputRange = { zeroPoint: 5, low: -128, high: 127 };
/** sets the shift of the layer: 40, so that an exponent of e below is scaled by 2^(9 + e) */
const FIRST: Channel = {
  ...{ q: 2 ** 30, exponent: -9, bias: 0, accLow: -(2 ** 30), accHigh: 2 ** 30, constant: null },
};
const TOTAL = 40n;

/** A channel whose sums reach from −8 to 8 around its bias. */
const around = (bias: number, exponent: number): Channel => ({
  ...{ q: 2 ** 31 - 1, exponent, bias, accLow: bias - 8, accHigh: bias + 8, constant: null },
});

const isServed = (channel: Channel): boolean =>
  vectorStage([FIRST, channel], FULL, "double", null).scalar.length === 0;

/** Everything that must lie in an i64: the constant, and the largest and smallest sum, bracketed. */
function lanes({ q, exponent, bias, accLow, accHigh }: Channel): readonly bigint[] {
  const d = BigInt(9 + exponent);
  const scale = 2n ** d;
  const constant =
    BigInt(bias) * scale * BigInt(q) +
    2n ** (30n + d) +
    2n ** (TOTAL - 1n) +
    BigInt(FULL.zeroPoint) * 2n ** TOTAL;
  const t = (acc: number) => BigInt(acc - bias) * scale * BigInt(q) + constant;
  return [constant, t(accHigh), t(accLow) - 2n ** (31n + d)];
}

const fitI64 = (values: readonly bigint[]): boolean =>
  values.every((x) => x >= -(2n ** 63n) && x < 2n ** 63n);

/** The largest n ≥ 0 of which `holds` is true; it is true of 0, and of all up to the largest. */
function largest(holds: (n: number) => boolean): number {
  expect(holds(0)).toBe(true);
  let n = 0;
  for (let bit = 2 ** 31; bit >= 1; bit /= 2) if (holds(n + bit)) n += bit;
  return n;
}

describe.each([-8, -7, -5, -3, -2, -1])("a channel of exponent %i beside one of −9", (exponent) => {
  test.each([1, -1])("is served up to the last bias that fits int64, sign %i", (sign) => {
    const served = largest((n) => n < 2 ** 31 && isServed(around(sign * n, exponent)));
    const fitting = largest((n) => n < 2 ** 31 && fitI64(lanes(around(sign * n, exponent))));
    expect(served).toBe(fitting);
  });
});

test("the largest scale is 2^30: 2^31 is none in int32", () => {
  const still = (exponent: number): Channel => ({
    ...{ q: 2 ** 30, exponent, bias: 0, accLow: 0, accHigh: 0, constant: null },
  });
  expect(isServed(still(21))).toBe(true);
  expect(isServed(still(22))).toBe(false);
  // and a shift to the left of the layer's there is not
  expect(isServed(still(-10))).toBe(false);
});

test("scales go into weights that stay within i16, and into no others", () => {
  const scaled = around(0, -8);
  const stage = (largestWeight: number) =>
    vectorStage([FIRST, scaled], FULL, "double", [2 ** 15 - 1, largestWeight]).shape;
  expect(stage(2 ** 14 - 1).SCALED).toBe(0);
  expect(stage(2 ** 14).SCALED).toBe(1);
  // a channel that is not scaled keeps its weights, however large
  expect(vectorStage([FIRST], FULL, "double", [2 ** 15 - 1]).shape.SCALED).toBe(0);
});
