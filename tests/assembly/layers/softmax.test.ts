/** SOFTMAX where random graphs do not go: the largest depth, the ends of its sum, bytes beside its buffers. */
import { expect, test } from "vitest";
import type { Rounding } from "../../../host/model/multiplier.ts";
import { quantizeMultiplier } from "../../../host/model/multiplier.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { kernel } from "../../support/kernel.ts";

const k = await kernel("assembly/layers/softmax.ts", { pages: 2 }, "softmax");
const MAX_DEPTH = 8191;
const [INPUT, OUTPUT, SCRATCH] = [1024, 16_384, 32_768];
const GUARD = 0x55;

/** One call. Every byte outside of output and scratch must stay as it is; `output` may be INPUT. */
function softmax(
  rows: readonly (readonly number[])[],
  scale: number,
  output = OUTPUT,
  rounding: Rounding = "double",
): readonly (readonly number[])[] {
  const depth = rows[0]?.length ?? 0;
  const memory = new Int8Array(k.memory.buffer).fill(GUARD);
  memory.set(rows.flat(), INPUT);
  const before = memory.slice();
  const real = Math.min(scale * 2 ** 26, rounding === "double" ? 2 ** 31 - 1 : 2 ** 30 - 1);
  const { q, exponent } = quantizeMultiplier(real, rounding);
  const diffMin = -Math.floor((31 * 2 ** 26) / 2 ** exponent);
  const args = [INPUT, output, SCRATCH, rows.length, depth, q, exponent, diffMin] as const;
  k.softmax(...args, rounding === "double" ? 0 : 1);
  const result = rows.map((_, r) => {
    const from = output + r * depth;
    return [...memory.subarray(from, from + depth)];
  });
  memory.set(before.subarray(output, output + rows.length * depth), output);
  memory.set(before.subarray(SCRATCH, SCRATCH + 4 * depth), SCRATCH);
  expect(Buffer.compare(Buffer.from(memory.buffer), Buffer.from(before.buffer))).toBe(0);
  return result;
}

/** 256 · e^x / Σ e^x − 128 in float64, before it is rounded and held at 127. */
function real(row: readonly number[], scale: number): readonly number[] {
  const top = Math.max(...row);
  const powers = row.map((x) => Math.exp((x - top) * scale));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((e) => (256 * e) / sum - 128);
}

const random = mulberry32(3);
const bytes = (n: number): number[] =>
  Array.from({ length: n }, () => Math.floor(random() * 256) - 128);

test.each(["double", "single"] as const)(
  "within 0.51 of the real function, rounding %s: every depth from 1 to 300",
  (rounding) => {
    for (let depth = 1; depth <= 300; depth++) {
      const scale = Math.fround(2 ** -(1 + 7 * random()));
      const row = bytes(depth);
      const [got = []] = softmax([row], scale, OUTPUT, rounding);
      const wanted = real(row, scale).map((x) => Math.min(x, 127));
      const error = Math.max(...got.map((x, n) => Math.abs(x - (wanted[n] ?? 0))));
      expect(error).toBeLessThan(0.51);
    }
  },
);

test("a single value is certain", () => {
  expect(softmax([[-128], [0], [127]], 0.1)).toEqual([[127], [127], [127]]);
});

test("equal values share: powers of two exactly, the largest depth too", () => {
  for (const depth of [2, 4, 16, 128, 256]) {
    const [got = []] = softmax([Array<number>(depth).fill(5)], 0.25);
    expect(new Set(got)).toEqual(new Set([256 / depth - 128]));
  }
  // Σ e = 8191 · 2^19 is the largest that fits 32 bits
  const [got = []] = softmax([Array<number>(MAX_DEPTH).fill(5)], 0.25);
  expect(new Set(got)).toEqual(new Set([-128]));
});

test("one value above 8190 others: they vanish one by one, together they weigh", () => {
  const row = [127, ...Array<number>(MAX_DEPTH - 1).fill(-128)];
  const [far = []] = softmax([row], 0.25); // e^−63
  expect(far[0]).toBe(127);
  const scale = Math.fround(Math.log(MAX_DEPTH - 1) / 255); // e^−ln 8190: half and half
  const [half = []] = softmax([row], scale);
  expect(half[0]).toBe(0);
  expect(new Set(half.slice(1))).toEqual(new Set([-128]));
});

test("only differences count, and rows are independent", () => {
  const row = bytes(20).map((x) => Math.trunc(x / 4));
  const rows = [row, row.map((x) => x + 90), row.map((x) => x - 90), row.toReversed()];
  const [first = [], second, third, fourth] = softmax(rows, 0.0625);
  expect([second, third]).toEqual([first, first]);
  expect(fourth).toEqual(first.toReversed());
});

test("in place is the same as out of place", () => {
  const rows = Array.from({ length: 7 }, () => bytes(33));
  expect(softmax(rows, 0.0625, INPUT)).toEqual(softmax(rows, 0.0625));
});
