/** What comes before a spectrum and after it: samples, cosine transform, means, int8, the ring. Oracles in plain numbers. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { assembled, fromDisk } from "../../support/kernel.ts";

const FILES = ["samples", "dct", "normalise", "ring"];
const k = await assembled(
  "entry.ts",
  {},
  (path) =>
    path === "entry.ts"
      ? FILES.map((file) => `export * from "./assembly/signal/${file}";`).join("\n")
      : fromDisk(path),
  ...["channel", "decimate", "envelope", "keep", "dct", "lessMean", "lessRunningMean"],
  ...["quantised", "push"],
);
const { buffer } = k.memory;
const [FROM, TO, STATE, OUT] = [1024, 8192, 16384, 20480];
const i16 = (at: number, n: number) => new Int16Array(buffer, at, n);
const i32 = (at: number, n: number) => new Int32Array(buffer, at, n);
const i8 = (at: number, n: number) => new Int8Array(buffer, at, n);
const random = mulberry32(1);
const samples = (n: number) =>
  Int16Array.from({ length: n }, (_, j) =>
    j < 4 ? ([-32768, 32767, -1, 1][j] as number) : Math.floor(65536 * random()) - 32768,
  );

test.each([1, 2, 3, 6])("one of %i channels", (channels) => {
  const all = samples(20 * channels);
  i16(FROM, all.length).set(all);
  for (let c = 0; c < channels; c++) {
    k.channel?.(FROM, channels, c, 20, TO);
    expect(i16(TO, 20)).toEqual(all.filter((_, j) => j % channels === c));
  }
});

test.each([1, 2, 3, 4, 7, 50])("the mean of every %i samples, half up", (factor) => {
  const all = samples(40 * factor);
  all.fill(-32768, 0, factor).fill(32767, factor, 2 * factor);
  i16(FROM, all.length).set(all);
  k.decimate?.(FROM, 40, factor, TO);
  const mean = (j: number) =>
    all.subarray(j * factor, (j + 1) * factor).reduce((a, b) => a + b, 0) / factor;
  expect(Array.from(i16(TO, 40))).toEqual(
    Array.from({ length: 40 }, (_, j) => Math.floor(mean(j) + 0.5) + 0),
  );
});

test("an envelope follows the magnitude, and goes on from its state", () => {
  for (const shift of [1, 4, 15]) {
    i32(STATE, 1)[0] = 0;
    let level = 0;
    for (let call = 0; call < 30; call++) {
      const all = samples(64);
      i16(FROM, 64).set(all);
      k.envelope?.(FROM, 64, shift, STATE, FROM);
      all.forEach((x, j) => {
        level += (Math.min(Math.abs(x), 32767) - level) / 2 ** shift;
        // every step of the kernel loses less than 2^−16, and forgets it as the filter does
        expect(Math.abs((i16(FROM, 64)[j] as number) - level)).toBeLessThan(1 + 2 ** (shift - 15));
      });
    }
  }
});

test.each([
  { length: 513, n: 512 },
  { length: 1025, n: 512 },
  { length: 65, n: 1 },
  { length: 64, n: 7 },
  { length: 64, n: 64 },
  { length: 31, n: 30 },
])("the last $length samples, $n at a time", ({ length, n }) => {
  const bytes = Math.ceil(length / 2) * 4;
  i8(STATE, bytes + 4).fill(0);
  i8(STATE + bytes, 4).fill(77);
  let all = new Int16Array(length);
  for (let call = 0; call < 5; call++) {
    const fresh = samples(n);
    i16(FROM, n).set(fresh);
    k.keep?.(FROM, n, STATE, length);
    all = Int16Array.from([...all, ...fresh]).slice(-length);
    expect(i16(STATE, length)).toEqual(all);
  }
  expect(Array.from(i8(STATE + bytes, 4))).toEqual([77, 77, 77, 77]);
});

test("a matrix of Q1.15 over Q16.16", () => {
  const values = Int32Array.from({ length: 40 }, () => Math.round((random() - 0.5) * 2 ** 26));
  const matrix = samples(400);
  i32(FROM, 40).set(values);
  i16(TO, 400).set(matrix);
  k.dct?.(FROM, 40, TO, 10, OUT);
  i32(OUT, 10).forEach((got, m) => {
    const exact = values.reduce((sum, v, j) => sum + v * (matrix[40 * m + j] as number), 0);
    expect(Math.abs(got - exact / 32768)).toBeLessThanOrEqual(0.5);
  });
});

test("less their mean, alone or two channels side by side", () => {
  for (const step of [4, 8]) {
    const values = Int32Array.from({ length: 64 }, () => Math.round((random() - 0.5) * 2 ** 27));
    i32(FROM, 64).set(values);
    const n = 256 / step;
    k.lessMean?.(FROM, n, step);
    const own = values.filter((_, j) => j % (step / 4) === 0);
    const mean = own.reduce((a, b) => a + b, 0) / n;
    i32(FROM, 64).forEach((got, j) => {
      const wanted = (values[j] as number) - (j % (step / 4) === 0 ? mean : 0);
      expect(Math.abs(got - wanted)).toBeLessThan(1);
    });
  }
});

test("less their mean over time", () => {
  i32(STATE, 8).fill(0);
  const means = new Array<number>(8).fill(0);
  for (let call = 0; call < 50; call++) {
    const values = Int32Array.from({ length: 8 }, () => Math.round((random() - 0.3) * 2 ** 24));
    i32(FROM, 8).set(values);
    k.lessRunningMean?.(FROM, 8, 3, STATE);
    values.forEach((v, j) => {
      means[j] = (means[j] as number) + (v - (means[j] as number)) / 8;
      expect(Math.abs((i32(FROM, 8)[j] as number) - (v - (means[j] as number)))).toBeLessThan(9);
    });
  }
});

test("int8, to the nearest or towards zero, within its limits", () => {
  const values = Int32Array.from({ length: 400 }, (_, j) =>
    j < 200 ? Math.round((random() - 0.5) * 2 ** 24) : (j - 300) * 32768,
  );
  for (const [scale, offset, low, high] of [
    [1, 0, -128, 127],
    [4.25, -93.5, -128, 127],
    [0.125, 3, -20, 90],
  ] as const) {
    for (const toZero of [0, 1]) {
      i32(FROM, 400).set(values);
      k.quantised?.(FROM, 400, scale * 2 ** 20, 20, offset * 65536, low, high, toZero, OUT);
      i8(OUT, 400).forEach((got, j) => {
        // exact: all of them are multiples of 2^−19, but what the shift cuts off is below 2^−16
        const real = Math.floor((values[j] as number) * scale) / 65536 + offset;
        const whole = toZero ? Math.trunc(real) : Math.floor(real + 0.5);
        expect(got).toBe(Math.max(low, Math.min(high, whole)) + 0);
      });
    }
  }
});

test.each([
  { bytes: 40, rows: 30 },
  { bytes: 13, rows: 5 },
  { bytes: 4, rows: 1 },
])("a ring of $rows rows of $bytes, once windows are full", ({ bytes, rows }) => {
  const length = bytes * rows;
  i8(STATE, length).fill(3);
  i32(OUT, 1)[0] = 2;
  let wanted = Array.from(i8(STATE, length));
  for (let call = 0; call < rows + 4; call++) {
    const row = Array.from({ length: bytes }, () => Math.floor(256 * random()) - 128);
    i8(FROM, bytes).set(row);
    k.push?.(FROM, bytes, STATE, length, OUT);
    if (call >= 2) wanted = [...wanted, ...row].slice(-length);
    expect(Array.from(i8(STATE, length))).toEqual(wanted);
  }
  expect(i32(OUT, 1)[0]).toBe(0);
});
