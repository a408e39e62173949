/** Simulated sensors: what their documentation says of the signal, measured on the samples. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { openSensor } from "../../../host/sensors/open.ts";
import { allBlocks, sensorIo, valuesOf } from "../../support/sensor-io.ts";

async function take(uri: string, seconds: number) {
  const sensor = await openSensor(uri, sensorIo());
  const { sampleRateHz, channels } = sensor.describe();
  if (sampleRateHz === null) throw new Error("no rate");
  const blocks = await allBlocks(sensor, seconds * sampleRateHz);
  await sensor.close();
  const values = Float64Array.from(valuesOf(blocks));
  return { blocks, values, sampleRateHz, channels };
}

/** Times, in samples, of the first of each group of values above a level; groups end after `quiet` samples below. */
function risings(values: Float64Array, level: number, quiet: number): number[] {
  const found: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  values.forEach((v, k) => {
    if (v <= level) return;
    if (k - last > quiet) found.push(k);
    last = k;
  });
  return found;
}

describe("sim:", () => {
  for (const name of ["vibration", "knock", "ecg", "step"]) {
    test(`${name}: the same seed gives the same samples, another seed others; blocks follow without a gap`, async () => {
      const [a, b, c] = [
        await take(`sim:${name}?seed=7`, 2),
        await take(`sim:${name}?seed=7`, 2),
        await take(`sim:${name}?seed=8`, 2),
      ];
      expect(a.values).toEqual(b.values);
      expect(a.values).not.toEqual(c.values);
      let samples = 0;
      const start = a.blocks[0]?.timeNs ?? 0n;
      for (const { timeNs, values, lostBefore } of a.blocks) {
        const due = start + (BigInt(samples) * 1_000_000_000n) / BigInt(a.sampleRateHz);
        expect(timeNs).toBe(due);
        expect(lostBefore).toBe(0);
        samples += values.length;
      }
    });
  }

  test("closed in the middle of a block, what was taken of it comes too", async () => {
    const io = sensorIo();
    const startNs = io.clock.nowNs();
    const sensor = await openSensor("sim:knock", {
      ...io,
      // the third block of 63 samples is waited for when a tenth of it has passed
      async waitUntil(timeNs, signal) {
        if (timeNs - startNs < 180_000_000n) return io.waitUntil(timeNs, signal);
        io.pass(6_500_000n);
        await sensor.close();
      },
    });
    const blocks = await allBlocks(sensor);
    expect(blocks.map(({ values }) => values.length)).toEqual([63, 63, 6]);
  });

  test("ecg: one R wave of about 1.1 mV a beat, 60 to 75 beats a minute", async () => {
    const { values, sampleRateHz } = await take("sim:ecg?seed=1", 60);
    const beats = risings(values, 0.7, 0.3 * sampleRateHz);
    expect(beats.length).toBeGreaterThanOrEqual(59);
    expect(beats.length).toBeLessThanOrEqual(76);
    const most = values.reduce((a, b) => Math.max(a, b), 0);
    expect(most).toBeGreaterThan(0.95);
    expect(most).toBeLessThan(1.3);
  });

  test("knock: quiet but for knocks, 0.4 to 2.5 s apart", async () => {
    const { values, sampleRateHz } = await take("sim:knock?seed=1", 60);
    const knocks = risings(values, 0.1, 0.2 * sampleRateHz);
    const gaps = knocks.slice(1).map((k, i) => (k - (knocks[i] ?? 0)) / sampleRateHz);
    expect(Math.min(...gaps)).toBeGreaterThan(0.39);
    expect(Math.max(...gaps)).toBeLessThan(2.52);
  });

  test("step: 0 and 1 alone", async () => {
    const { values } = await take("sim:step?seed=1", 20);
    expect(new Set(values)).toEqual(new Set([0, 1]));
  });

  test("says what it is, once", async () => {
    const io = sensorIo();
    await openSensor("sim:ecg?seed=3", io);
    expect(io.said).toEqual([
      "sim:ecg?seed=3: simulated electrocardiogram, one lead, lead in mV, 250 samples a second, seed 3",
    ]);
  });
});

describe("names", () => {
  const refused = (uri: string) =>
    openSensor(uri, sensorIo()).then(
      () => "opened",
      (error) => String(error.message),
    );

  test("what is wrong in a name is said", async () => {
    expect(await refused("sim:walrus")).toMatch(/^SENSOR_MISSING: sim:walrus: got walrus/);
    expect(await refused("sonar:1")).toMatch(
      /^SENSOR_MISSING: sonar:1: got no sensor of this name, expected .*sim:/,
    );
    expect(await refused("samples.csv")).toMatch(/^SENSOR_MISSING/);
    expect(await refused("sim:ecg?sead=1")).toMatch(/^USAGE: .*the key sead, expected one of seed/);
    expect(await refused("sim:ecg?seed")).toMatch(/^USAGE: .*key=value/);
    expect(await refused("sim:ecg?seed=1&seed=2")).toMatch(/^USAGE: .*seed twice/);
    for (const seed of ["", "NaN", "-1", "1e999", "x"]) {
      expect(await refused(`sim:ecg?seed=${seed}`)).toMatch(/^USAGE: .*a number from 0/);
    }
  });

  test("random names and keys: opened or refused with a code", async () => {
    const random = mulberry32(8);
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
    const SCHEMES = ["gpio", "serial", "i2c", "iio", "csv", "wav", "rec", "sim", "", "GPIO", "gpi"];
    const RESTS = ["17", "pin11", "pin41", "-1", "99", "250:0x68", "1:0x999", "300:1", "a:b:c", ""];
    const MORE = [
      "ecg",
      "2e8a:000a:x",
      "/nowhere/x",
      "ttyX@9600",
      "x@0",
      "x@",
      ":",
      "é",
      "..",
      " ",
    ];
    const KEYS = [
      "rate",
      "seed",
      "type",
      "register",
      "as",
      "format",
      "edge",
      "bias",
      "debounce",
      "x",
    ];
    const VALUES = [
      "1",
      "-1",
      "1e999",
      "NaN",
      "",
      "both",
      "csv",
      "u16be",
      "mpu6050",
      "=",
      "&",
      "?",
    ];
    for (let trial = 0; trial < 2000; trial++) {
      const keys = Array.from(
        { length: Math.floor(3 * random()) },
        () => `${pick(KEYS)}${pick(["=", "=", "=", ""])}${pick(VALUES)}`,
      );
      const query = keys.length > 0 ? `?${keys.join(pick(["&", "&", "?"]))}` : pick(["", "", "?"]);
      const uri = `${pick(SCHEMES)}${pick([":", ":", ":", ""])}${pick([...RESTS, ...MORE])}${query}`;
      const got = await openSensor(uri, sensorIo()).catch((error) => error);
      if (got instanceof Error) expect(got, uri).toBeInstanceOf(TwentyWattError);
      else await got.close();
    }
  });
});
