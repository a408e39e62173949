/** What XNNPACK takes and refuses, at its bounds, and the numbers that it multiplies by. */
import { expect, test } from "vitest";
import { floatProduct, shortLeakyRelu, shortRescale } from "../../../host/model/desktop.ts";
import type { Tensor } from "../../../host/model/graph.ts";
import { desktopBlendOf } from "../../../host/model/resize.ts";

const tensor = (scale: number): Tensor => ({
  ...{ name: "t", shape: [1], dtype: "i8", data: null },
  quantization: { scales: [Math.fround(scale)], zeroPoints: [0], axis: 0 },
});
const UNIT = tensor(1);

test("QUANTIZE: from 1/256 to 128, to the nearest 1/256, ties to even", () => {
  const factors = (ratio: number) => shortRescale(tensor(ratio), UNIT);
  expect(factors(2 ** -8)).toEqual({ above: 1, below: 1 });
  expect(factors(2 ** 7)).toEqual({ above: 32_768, below: 32_768 });
  expect(factors(2.5 / 256)?.above).toBe(2);
  expect(factors(3.5 / 256)?.above).toBe(4);
  expect(factors(0.1)?.above).toBe(26);
  expect(factors(2 ** -8 - 2 ** -32)).toBeNull();
  expect(factors(2 ** 7 + 2 ** -16)).toBeNull();
});

test("LEAKY_RELU: both factors in reach, of either sign", () => {
  const factors = (ratio: number, alpha: number) => shortLeakyRelu(tensor(ratio), UNIT, alpha);
  expect(factors(1, 0.1)).toEqual({ above: 256, below: 26 });
  expect(factors(0.5, -0.5)).toEqual({ above: 128, below: -64 });
  expect(factors(1, 2 ** -8)?.below).toBe(1);
  expect(factors(1, -127.9375)?.below).toBe(-32_752);
  for (const alpha of [0, 0.0039, -0.0039, 129, -128]) expect(factors(1, alpha)).toBeNull();
  // the slope times the quotient counts: TensorFlow Lite's own kernel of the same layer rounds 126 · 0.4 to another byte
  expect(factors(0.4, 0.005)).toBeNull();
  expect(factors(2 ** -9, 100)).toBeNull();
});

test("MUL: the factor as a float32, from 2^-16 to below 2^8", () => {
  const factor = (a: number, b: number, output: number) =>
    floatProduct(tensor(a), tensor(b), tensor(output));
  expect(factor(0.5, 0.5, 1)).toEqual({ mantissa: 2 ** 23, exponent: -25 });
  expect(factor(2 ** -8, 2 ** -8, 1)).toEqual({ mantissa: 2 ** 23, exponent: -39 });
  expect(factor(255.5, 1, 1)).toEqual({ mantissa: 511 * 2 ** 15, exponent: -16 });
  expect(factor(2 ** -8, 2 ** -9, 1)).toBeNull();
  expect(factor(16, 16, 1)).toBeNull();
  const { mantissa = 0, exponent = 0 } = factor(0.1, 0.3, 0.7) ?? {};
  const product = Math.fround(Math.fround(0.1) * Math.fround(0.3));
  expect(mantissa * 2 ** exponent).toBe(Math.fround(product / Math.fround(0.7)));
});

test("RESIZE_BILINEAR: weights in 1/2048 that never leave the image", () => {
  const weights = (from: number, to: number, corners: boolean, centres: boolean) =>
    Array.from({ length: to }, (_, k) => desktopBlendOf(k, from, to, corners, centres));
  expect(weights(2, 4, false, false).map(({ weight }) => weight)).toEqual([0, 1024, 0, 0]);
  expect(weights(2, 4, false, true).map(({ weight }) => weight)).toEqual([0, 512, 1536, 0]);
  expect(weights(3, 7, true, false).map(({ weight }) => weight)).toEqual([
    ...[0, 683, 1365, 0, 683, 1365, 0],
  ]);
  for (const [from, to] of [
    [1, 9],
    [7, 20],
    [4000, 4001],
    [5, 1],
  ] as const) {
    for (const flags of [
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      for (const { first, second, weight } of weights(from, to, flags[0], flags[1])) {
        expect(first >= 0 && second >= first && second < from).toBe(true);
        expect(weight >= 0 && weight <= 2048).toBe(true);
      }
    }
  }
});
