/** TensorFlow's audio front end, stage by stage: every value that is stored of the library's own run. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { ConstantBlock } from "../../../host/compiler/lowering.ts";
import {
  intsBlock,
  microBank,
  microGains,
  microLogs,
  microWindow,
  turns,
  twiddles,
} from "../../../host/compiler/signal/micro-tables.ts";
import { DATA_DIR, dataTest, readData } from "../../support/data.ts";
import { kernel } from "../../support/kernel.ts";
import { clipSamples } from "../../support/sound.ts";

const BANK = { kind: "MicroBank", bands: 40, lowHz: 125, highHz: 7500 } as const;
const GAIN = { kind: "GainControl", strength: 0.95, offset: 80, gainBits: 21 } as const;
const AT = { x: 1024, weights: 2048, y: 4096, z: 8192, table: 12_288, out: 16_384, more: 20_480 };

const window = await kernel(
  "assembly/signal/micro-window.ts",
  {},
  "windowed16",
  "headroom",
  "headroomTflm",
);
const fft = await kernel(
  "assembly/signal/micro-fft.ts",
  {},
  "arranged",
  "stages",
  "split",
  "energies",
);
const bank = await kernel(
  "assembly/signal/micro-bank.ts",
  {},
  ...(["bank", "roots", "lessNoise", "gained", "logarithms", "features"] as const),
);

const put = ({ memory }: { memory: WebAssembly.Memory }, at: number, bytes: Uint8Array) =>
  new Uint8Array(memory.buffer).set(bytes, at);
const take = ({ memory }: { memory: WebAssembly.Memory }, at: number, length: number) =>
  new Uint8Array(memory.buffer).slice(at, at + length);
const table = (to: { memory: WebAssembly.Memory }, at: number, { bytes }: ConstantBlock) =>
  put(to, at, bytes);

/** Every stage of every frame, by the names of the stored files. */
function stages(samples: Int16Array, step: number, arithmetic: "microfrontend" | "tflm") {
  const filters = microBank(BANK, 512, 16_000, arithmetic);
  table(window, AT.weights, microWindow({ kind: "MicroWindow", length: 480, step, arithmetic }));
  table(fft, AT.table, twiddles());
  table(fft, AT.more, turns());
  table(bank, AT.table, filters.weights);
  table(bank, AT.more, filters.lengths);
  table(bank, AT.more + 512, microGains(GAIN, 7));
  table(bank, AT.more + 1024, microLogs());
  put(bank, AT.weights, new Uint8Array(160));
  const found = new Map<string, Uint8Array[]>();
  const note = (name: string, bytes: Uint8Array) =>
    found.set(name, [...(found.get(name) ?? []), bytes]);
  for (let from = 0; from + 480 <= samples.length; from += step) {
    put(window, AT.x, new Uint8Array(samples.slice(from, from + 480).buffer));
    window.windowed16(AT.x, AT.weights, 480, AT.y);
    const y = take(window, AT.y, 960);
    const shift =
      arithmetic === "tflm" ? window.headroomTflm(AT.y, 480) : window.headroom(AT.y, 480);
    note("win.i16", y);
    note("shift.u8", Uint8Array.of(shift));
    put(fft, AT.y, y);
    fft.arranged(AT.y, 480, shift, AT.z);
    fft.stages(AT.z, AT.table);
    fft.split(AT.z, AT.more, AT.out);
    note("fft.ci16", take(fft, AT.out, 1028));
    fft.energies(AT.out + 4 * filters.first, filters.lines, AT.x);
    const energies = take(fft, AT.x, 4 * filters.lines);
    note("energy.u32", energies);
    put(bank, AT.x, energies);
    bank.bank(AT.x, AT.table, AT.more, 40, AT.y);
    note("fbank.u64", take(bank, AT.y, 320));
    bank.roots(AT.y, 40, shift, AT.z);
    note("sqrt.u32", take(bank, AT.z, 160));
    bank.lessNoise(AT.z, 40, AT.weights, 409, 983, 819, AT.out);
    note("noise.u32", take(bank, AT.weights, 160));
    note("nr.u32", take(bank, AT.out, 160));
    bank.gained(AT.out, 40, AT.weights, AT.more + 512, 6, AT.z);
    note("pcan.u32", take(bank, AT.z, 160));
    bank.logarithms(AT.z, 40, 3, AT.more + 1024, arithmetic === "tflm" ? 32_767 : 65_535, AT.y);
    note("log.u16", take(bank, AT.y, 80));
    bank.features(AT.y, 40, AT.out);
    note("feat.i8", take(bank, AT.out, 40));
  }
  return found;
}

const STORED = join(DATA_DIR, "audio-frontend");
const folders = existsSync(STORED)
  ? readdirSync(STORED).filter((name) => name.includes("_step"))
  : ["CLIP_stepMS"];

dataTest("the tables are those of the library, the whole of them", () => {
  const own = microWindow({
    kind: "MicroWindow",
    length: 480,
    step: 160,
    arithmetic: "microfrontend",
  });
  expect(own.bytes).toEqual(readData("audio-frontend/tables/window_480.i16.bin"));
  expect(microLogs().bytes).toEqual(readData("audio-frontend/tables/log_130.u16.bin"));
  const rows = (name: string) =>
    Buffer.from(readData(`audio-frontend/tables/${name}.csv`))
      .toString()
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(",").map(Number));
  const { weights, lengths, first, lines } = microBank(BANK, 512, 16_000, "microfrontend");
  const each = new Uint16Array(weights.bytes.buffer);
  const bands = Array.from(lengths.bytes, (n, band) => Array<number>(n).fill(band)).flat();
  expect(
    Array.from({ length: lines }, (_, k) => [first + k, each[2 * k], each[2 * k + 1], bands[k]]),
  ).toEqual(rows("filterbank"));
  const gains = new Int16Array(microGains(GAIN, 7).bytes.buffer);
  const parabolas = rows("pcan_gain");
  expect([gains[0], gains[1]]).toEqual(parabolas.slice(0, 2).map(([, y0]) => y0));
  expect([...gains.subarray(2)]).toEqual(parabolas.slice(2).flatMap(([, ...row]) => row));
  expect(intsBlock("sizes", [1, -2]).bytes).toHaveLength(8);
});

for (const folder of folders) {
  dataTest(`${folder}: every stage, every value`, () => {
    const [, clip = "", step = "", tflm] = /^(.+)_step(\d+)(_tflm)?$/.exec(folder) ?? [];
    const found = stages(clipSamples(clip), 16 * Number(step), tflm ? "tflm" : "microfrontend");
    const files = readdirSync(join(STORED, folder));
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const wanted = readData(`audio-frontend/${folder}/${file}`);
      const got = Buffer.concat(found.get(file.replace(/\.bin$/, "")) ?? []);
      // of some stages only the first frames are stored
      expect(got.length).toBeGreaterThanOrEqual(wanted.length);
      const first = wanted.findIndex((byte, k) => byte !== got[k]);
      expect(first, `${file}: the first byte that differs`).toBe(-1);
      if (!/^(win|fft|energy)/.test(file)) expect(got.length, file).toBe(wanted.length);
    }
  });
}
