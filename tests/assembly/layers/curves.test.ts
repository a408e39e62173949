/** LOGISTIC and TANH of every byte: at these scales the correctly rounded real function, bit for bit. */
import { expect, test } from "vitest";
import { quantizeMultiplier } from "../../../host/model/multiplier.ts";
import { kernel } from "../../support/kernel.ts";

const logistic = await kernel("assembly/layers/logistic.ts", {}, "logisticTable");
const tanh = await kernel("assembly/layers/tanh.ts", {}, "tanhTable");

const SCALES = [0.02, 0.05, 0.0625, 0.1, 0.3].map(Math.fround);
const ZERO_POINTS = [-128, -1, 0, 1, 77, 127];
const TABLE = 256;
const BYTES = Array.from({ length: 256 }, (_, byte) => (byte << 24) >> 24);

type Fill = (...args: number[]) => number;

function table(fill: Fill, memory: WebAssembly.Memory, scale: number, zeroPoint: number): number[] {
  const { q, exponent } = quantizeMultiplier(scale * 2 ** 27, "double");
  const radius = Math.min(256, Math.floor((15 * 2 ** 27) / 2 ** exponent));
  const bytes = new Int8Array(memory.buffer).fill(0x55);
  fill(TABLE, zeroPoint, q, exponent, radius, 0);
  const outside = [...bytes.subarray(0, TABLE), ...bytes.subarray(TABLE + 256)];
  expect(outside.every((byte) => byte === 0x55)).toBe(true);
  return [...bytes.subarray(TABLE, TABLE + 256)];
}

const held = (x: number): number => Math.min(127, Math.max(-128, x));
/** Half away from zero; no byte at these scales lies on a half but 0. */
const rounded = (x: number): number => Math.sign(x) * Math.round(Math.abs(x));

test("LOGISTIC, to scale 1/256 and zero point −128", () => {
  for (const scale of SCALES) {
    for (const zeroPoint of ZERO_POINTS) {
      const expected = BYTES.map((byte) =>
        held(rounded(256 / (1 + Math.exp(-(byte - zeroPoint) * scale))) - 128),
      );
      expect(table(logistic.logisticTable, logistic.memory, scale, zeroPoint)).toEqual(expected);
    }
  }
});

test("TANH, to scale 1/128 and zero point 0", () => {
  for (const scale of SCALES) {
    for (const zeroPoint of ZERO_POINTS) {
      const expected = BYTES.map(
        (byte) => held(rounded(128 * Math.tanh((byte - zeroPoint) * scale))) + 0,
      );
      expect(table(tanh.tanhTable, tanh.memory, scale, zeroPoint)).toEqual(expected);
    }
  }
});

test("scales so large that every byte but the zero point saturates; from 8 on TFLite's radius is 0, and it does too", () => {
  for (const [scale, middle] of [
    [7.9, 0],
    [8, -128],
    [1000, -128],
  ] as const) {
    for (const zeroPoint of ZERO_POINTS) {
      const wanted = BYTES.map((x) => (x < zeroPoint ? -128 : x > zeroPoint ? 127 : middle));
      expect(table(tanh.tanhTable, tanh.memory, scale, zeroPoint)).toEqual(wanted);
      expect(table(logistic.logisticTable, logistic.memory, scale, zeroPoint)).toEqual(wanted);
    }
  }
});
