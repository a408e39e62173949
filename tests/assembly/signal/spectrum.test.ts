/** Window, transform, power, bands and logarithm against float64, over every size, both builds, inputs random and extreme. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { assembled, fromDisk } from "../../support/kernel.ts";
import {
  extremes,
  log2Table,
  melMatrix,
  powerSpectrum,
  sines,
  WINDOWS,
  windowTable,
  worstDecibels,
} from "../../support/signal.ts";

const ENTRY = ["window", "fft", "power", "bands", "logarithm"]
  .map((file) => `export * from "./assembly/signal/${file}";`)
  .join("\n");

const open = (simd: boolean) =>
  assembled(
    "entry.ts",
    { simd },
    (path) => (path === "entry.ts" ? ENTRY : fromDisk(path)),
    ...["windowed", "realFft", "power", "bands", "logarithm"],
  );
const BUILDS = [await open(false), await open(true)];

const AT = { samples: 8192, weights: 12288, sines: 16384, frame: 20480, block: 64, log: 28672 };
const MEL = { segments: 32000, table: 32768, out: 40960, db: 45056 };
const SIZES = [64, 128, 256, 512, 1024];
const LOG2_OF_TEN = Math.log2(10);

type Window = keyof typeof WINDOWS;
type Case = {
  readonly size: number;
  readonly length: number;
  readonly window: Window;
  /** in Q1.15 */
  readonly preemphasis: number;
};

/** Tables of one case in the memory of both builds. */
function prepare({ size, length, window }: Case): void {
  for (const { memory } of BUILDS) {
    new Int32Array(memory.buffer, AT.sines).set(sines(size));
    new Int32Array(memory.buffer, AT.weights).set(windowTable(window, length));
    new Int32Array(memory.buffer, AT.log).set(log2Table());
  }
}

/** Powers of the bins as the kernels say, and the same of float64. `samples` begins one before the frame. */
function spectra({ size, length, window, preemphasis }: Case, samples: Int16Array) {
  const images = BUILDS.map((k) => {
    new Int16Array(k.memory.buffer, AT.samples).set(samples);
    k.windowed?.(AT.samples, length, preemphasis, AT.weights, AT.frame, size, AT.block);
    k.realFft?.(AT.frame, Math.log2(size), AT.sines, size, AT.block);
    k.power?.(AT.frame, size / 2 + 1, AT.block);
    return Buffer.from(k.memory.buffer.slice(0, MEL.segments));
  });
  expect(images[1]?.equals(images[0] as Buffer)).toBe(true);
  const { buffer } = (BUILDS[0] as { memory: WebAssembly.Memory }).memory;
  const scale = 2 ** (new Int32Array(buffer, AT.block)[0] as number);
  const raw = new BigUint64Array(buffer, AT.frame, size / 2 + 1);
  const frame = Float64Array.from({ length: size }, (_, n) => {
    if (n >= length) return 0;
    const [x, before] = [samples[n + 1] as number, samples[n] as number];
    return (x - (preemphasis / 32768) * before) * WINDOWS[window](n, length);
  });
  return { got: Float64Array.from(raw, (p) => Number(p) * scale), wanted: powerSpectrum(frame) };
}

/** A line, an impulse or noise, over a floor that is up to 100 dB lower. */
function randomSamples(random: () => number, length: number): Int16Array {
  const level = 32767 * 10 ** (-4 * random());
  const floor = level * 10 ** (-5 * random());
  const [frequency, phase] = [random() / 2, random()];
  const kind = Math.floor(4 * random());
  const at = Math.floor(length * random());
  return Int16Array.from({ length }, (_, k) => {
    const noise = floor * (2 * random() - 1);
    const line = level * Math.sin(2 * Math.PI * (frequency * k + phase));
    const loud = [line, k === at ? level : 0, line * Math.exp((-8 * k) / length), 0][kind] ?? 0;
    return Math.max(-32768, Math.min(32767, Math.round(loud + noise)));
  });
}

const CASES: readonly Case[] = SIZES.flatMap((size) => [
  { size, length: size, window: "hamming", preemphasis: 31744 },
  { size, length: size, window: "hann", preemphasis: 0 },
  { size, length: size - size / 16, window: "hann", preemphasis: 31785 },
  { size, length: size, window: "none", preemphasis: -32767 },
]);

test.each(CASES)("$size bins of $length samples, $window, $preemphasis", (one) => {
  prepare(one);
  const random = mulberry32(one.size + one.preemphasis);
  let worst = 0;
  for (let k = 0; k < 520; k++) {
    const { got, wanted } = spectra(one, randomSamples(random, one.length + 1));
    worst = Math.max(worst, worstDecibels(got, wanted));
  }
  expect(worst).toBeLessThan(0.01);
});

test.each(CASES)("$size bins of $length, $window, $preemphasis: extremes", (one) => {
  prepare(one);
  for (const [name, samples] of Object.entries(extremes(one.length + 1))) {
    const { got, wanted } = spectra(one, samples);
    // float64 has its own dust where the answer is nothing
    expect(worstDecibels(got, wanted), name).toBeLessThan(0.01);
    if (wanted.every((p) => p === 0))
      expect(
        got.every((p) => p === 0),
        name,
      ).toBe(true);
  }
});

/** As host/compiler packs them: where segments begin, and how far each line is on its way up, in Q0.32. */
function packed(bands: number, size: number, rate: number, low: number, high: number) {
  const mel = (f: number) => 1127 * Math.log(1 + f / 700);
  const step = (mel(high) - mel(low)) / (bands + 1);
  const place = (k: number) => (mel((k * rate) / size) - mel(low)) / step;
  const lines = Array.from({ length: size / 2 }, (_, k) => k + 1).filter(
    (k) => place(k) >= 0 && place(k) < bands + 1,
  );
  const first = lines[0] as number;
  const starts = Array.from(
    { length: bands + 2 },
    (_, b) => first + lines.filter((k) => place(k) < b).length,
  );
  const weights = lines.map((k) => Math.floor((place(k) % 1) * 2 ** 32));
  const widest = Math.max(...starts.map((s, b) => (starts[b + 2] ?? s) - s));
  return { starts, weights, room: 64 - Math.ceil(Math.log2(widest + 1)) };
}

test.each([
  { size: 1024, rate: 16000, bands: 40, low: 0, high: 8000 },
  { size: 512, rate: 16000, bands: 40, low: 20, high: 4000 },
  { size: 256, rate: 4096, bands: 20, low: 0, high: 2048 },
])("mel bands and their logarithm, $bands of $size", ({ size, rate, bands, low, high }) => {
  const one: Case = { size, length: size, window: "hamming", preemphasis: 31744 };
  const matrix = melMatrix(bands, size, rate, low, high);
  const { starts, weights, room } = packed(bands, size, rate, low, high);
  prepare(one);
  const factor = Math.round((10 / LOG2_OF_TEN) * 2 ** 28);
  const floor = -300 * 65536;
  let [worst, cells] = [0, 0];
  const check = (samples: Int16Array) => {
    const { wanted } = spectra(one, samples);
    const rows = BUILDS.map((k) => {
      new Uint16Array(k.memory.buffer, MEL.segments).set(starts);
      new Uint32Array(k.memory.buffer, MEL.table).set(weights);
      k.bands?.(AT.frame, MEL.segments, MEL.table, bands, room, AT.block, MEL.out);
      k.logarithm?.(MEL.out, bands, AT.log, AT.block, factor, 0, floor, MEL.db);
      return Array.from(new Int32Array(k.memory.buffer, MEL.db, bands), (q) => q / 65536);
    });
    expect(rows[1]).toEqual(rows[0]);
    const mel = matrix.map((row) => row.reduce((sum, w, k) => sum + w * (wanted[k] as number), 0));
    // a line outside all bands is heard in them as far as its window lets it
    const loudest = Math.max(...mel, ...wanted);
    mel.forEach((power, b) => {
      const got = (rows[0] as number[])[b] as number;
      if (loudest === 0) expect(got).toBe(-300);
      if (power <= 0 || power < loudest * 1e-8) return;
      worst = Math.max(worst, Math.abs(got - 10 * Math.log10(power)));
      cells += 1;
    });
  };
  const random = mulberry32(size);
  for (let k = 0; k < 1000; k++) check(randomSamples(random, size + 1));
  for (const samples of Object.values(extremes(size + 1))) check(samples);
  expect(worst).toBeLessThan(0.01);
  expect(cells).toBeGreaterThan(15_000);
});
