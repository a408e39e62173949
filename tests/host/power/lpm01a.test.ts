/** An LPM01A on a pseudo-terminal: its dialogue line for line, its stream, and joules. */
import { afterEach, describe, expect, test } from "vitest";
import { openMeter, openPower } from "../../../host/power/open.ts";
import { FakeLpm01a, type Lpm01aOptions, metaBytes } from "../../support/fake-lpm01a.ts";
import { read, until } from "../../support/meter-readings.ts";
import { kernelTest } from "../../support/system-calls.ts";

/** 0x52a0: 0x2a0 · 16⁻⁵ A */
const AMPS = 672 / 16 ** 5;

const devices: FakeLpm01a[] = [];
afterEach(() => {
  for (const device of devices.splice(0)) device.close();
});
function device(options: Lpm01aOptions = {}): FakeLpm01a {
  const made = new FakeLpm01a(options);
  devices.push(made);
  return made;
}

const OPENING = [
  ...["stop", "htc", "acqtime inf", "trigsrc sw", "output current", "format bin_hexa"],
];

describe("what is said to it", () => {
  kernelTest(
    "voltage and rate as they were asked for; then silence, and control given back",
    async () => {
      const fake = device();
      const meter = await openPower(`lpm01a:${fake.path}?mv=3000&rate=1000`);
      expect(meter.facts).toMatchObject({
        scope: "target",
        quality: "derived",
        sampleRateHz: 1000,
      });
      const { samples } = await read(meter, 250);
      await meter.close();
      await until(() => fake.commands.includes("hrc"));
      expect(fake.commands).toEqual([
        ...OPENING,
        ...["freq 1k", "volt 3000m", "pwr on nostatus", "start", "stop", "hrc"],
      ]);
      for (const { amps, volts, watts, seconds, lost } of samples) {
        expect([amps, volts, seconds, lost]).toEqual([AMPS, 3, 0.001, 0]);
        expect(watts).toBeCloseTo(3 * AMPS, 15);
      }
      const times = samples.map(({ tNs }) => Number(tNs - (samples[0]?.tNs ?? 0n)) / 1e6);
      for (const [k, ms] of times.entries()) expect(Math.abs(ms - k)).toBeLessThan(50);
    },
  );

  kernelTest("as it was left: the voltage that it says", async () => {
    const fake = device();
    const meter = await openPower(`lpm01a:${fake.path}`);
    await meter.close();
    expect(meter.facts.name).toBe("ST LPM01A, 3292 mV");
    expect(meter.facts.notes.join()).toContain("as it was left");
    expect(fake.commands).not.toContain("volt 3292m");
  });

  kernelTest("found streaming by an earlier run", async () => {
    const fake = device({ streaming: true });
    await until(() => fake.ticks > 2);
    const meter = await openPower(`lpm01a:${fake.path}?mv=3300`);
    const { samples } = await read(meter, 3000);
    await meter.close();
    expect(samples.every(({ amps, lost }) => amps === AMPS && lost === 0)).toBe(true);
  });

  kernelTest("a refusal is shown, and the port is free again", async () => {
    const fake = device({
      answer: (command) => (command === "freq 10k" ? "error: unknown \x1b[2J" : undefined),
    });
    for (const _ of [1, 2]) {
      await expect(openPower(`lpm01a:${fake.path}?mv=3300`)).rejects.toThrow(
        /METER_MISSING.*got "error: unknown \\u001b\[2J", expected ack freq 10k/,
      );
    }
  });

  kernelTest("nothing that answers, and a voltage that is none", async () => {
    const silent = device({ answer: () => null });
    await expect(openPower(`lpm01a:${silent.path}`)).rejects.toThrow(/no answer, expected ack htc/);
    const odd = device({
      answer: (command) => (command === "volt get" ? "ack volt get 9999+03" : undefined),
    });
    await expect(openPower(`lpm01a:${odd.path}`)).rejects.toThrow(
      /the voltage "9999\+03".*mv=3300/,
    );
  });

  test.each([
    ["lpm01a", /METER_MISSING/],
    ["lpm01a:/dev/no-such-port", /METER_MISSING/],
    ["lpm01a:/dev/null?mv=5000", /USAGE.*1800 to 3300/],
    ["lpm01a:/dev/null?rate=3", /USAGE.*one of 1, 2, 5/],
    ["lpm01a:/dev/null?mode=source", /USAGE/],
  ])("refused: %s", async (uri, message) => {
    await expect(openPower(uri)).rejects.toThrow(message);
  });
});

describe("as text", () => {
  kernelTest(
    "samples of four digits and two, at the highest rate that it has for them",
    async () => {
      const damage: Lpm01aOptions["damage"] = (bytes, n) =>
        n === 2 ? [...bytes.slice(0, 4500), ...bytes.slice(4502)] : bytes;
      const fake = device({ damage, word: (k) => 1000 + (k % 3) });
      const meter = await openPower(`lpm01a:${fake.path}?mv=3300&format=ascii`);
      expect(fake.commands).toContain("format ascii_dec");
      const { samples } = await read(meter, 4500);
      await meter.close();
      for (const { amps, volts } of samples) {
        expect([1000e-7, 1001e-7, 1002e-7]).toContain(amps);
        expect(volts).toBe(3.3);
      }
      // two bytes of a line of nine: one sample
      expect(samples.map(({ lost }) => lost).filter((lost) => lost !== 0)).toEqual([1]);
    },
  );

  test.each([
    ["lpm01a:/dev/null?format=ascii&rate=20000", /USAGE.*at most 10000 a second.*format=binary/],
    ["lpm01a:/dev/null?format=text", /USAGE.*binary or ascii/],
  ])("refused: %s", async (uri, message) => {
    await expect(openPower(uri)).rejects.toThrow(message);
  });
});

describe("its stream", () => {
  kernelTest(
    "at its highest rate, with bytes and samples missing: a stretch is lost, or counted",
    async () => {
      const damage: Lpm01aOptions["damage"] = (bytes, n) => {
        if (n === 3) return [...bytes.slice(0, 777), ...bytes.slice(778)];
        if (n === 6) return [...bytes.slice(0, 4000), ...bytes.slice(5000)];
        return bytes;
      };
      const fake = device({ damage, word: (k) => (k % 2 ? 0x52a0 : 0x5150) });
      const meter = await openPower(`lpm01a:${fake.path}?mv=3300&rate=100000`);
      const { samples } = await read(meter, 80_000);
      await meter.close();
      const losses = samples.map(({ lost }) => lost).filter((lost) => lost !== 0);
      expect(losses).toEqual([10_000, 500]);
      for (const { amps } of samples) expect([AMPS, AMPS / 2]).toContain(amps);
    },
    60_000,
  );

  kernelTest("what is above its 50 mA is lost, not clipped", async () => {
    const fake = device({ word: (k) => (k === 500 ? 0x3fff : 0x52a0) });
    const meter = await openPower(`lpm01a:${fake.path}?mv=3300`);
    const { samples } = await read(meter, 1000);
    await meter.close();
    expect(samples[500]).toMatchObject({ amps: AMPS, lost: 1 });
    expect(Math.max(...samples.map(({ amps = 0 }) => amps))).toBe(AMPS);
  });

  const text = [...new TextEncoder().encode("supply \x07 off")];
  kernelTest(
    "it says that it has stopped: what came is delivered, then it is lost, with its words",
    async () => {
      for (const [kind, why] of [
        [0xf5, "more current than its 50 mA"],
        [0xf4, "the end of its acquisition"],
      ] as const) {
        const damage: Lpm01aOptions["damage"] = (bytes, n) =>
          n === 2 ? [...bytes, ...metaBytes(0xf1, ...text), ...metaBytes(kind)] : bytes;
        const meter = await openPower(`lpm01a:${device({ damage }).path}?mv=3300`);
        const { samples, error } = await read(meter, Number.POSITIVE_INFINITY);
        await meter.close();
        expect(samples).toHaveLength(3000);
        expect(error).toMatchObject({ code: "METER_LOST" });
        expect(String(error)).toContain(`${why}, after "supply \\u0007 off"`);
      }
    },
  );

  kernelTest(
    "silent, and pulled out",
    async () => {
      const fake = device({ damage: (bytes, n) => (n < 2 ? bytes : []) });
      const meter = await openPower(`lpm01a:${fake.path}?mv=3300`);
      const { error } = await read(meter, Number.POSITIVE_INFINITY);
      await meter.close();
      expect(String(error)).toContain("nothing for 3 s");
      const other = device();
      const pulled = await openPower(`lpm01a:${other.path}?mv=3300`);
      const reading = read(pulled, Number.POSITIVE_INFINITY);
      await until(() => other.ticks > 2);
      other.close();
      expect((await reading).error).toMatchObject({ code: "METER_LOST" });
      await pulled.close();
    },
    30_000,
  );

  kernelTest("a window of it in joules", async () => {
    const meter = await openMeter(`lpm01a:${device().path}?mv=3300`);
    await meter.start();
    await new Promise((resolve) => setTimeout(resolve, 600));
    const { joules, seconds, coverage } = await meter.stop();
    await meter.close();
    expect(joules.value / seconds / coverage).toBeCloseTo(AMPS * 3.3, 9);
    expect(coverage).toBeGreaterThan(0.8);
  });
});
