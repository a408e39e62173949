/** A PPK2 from its commands to joules, on a pseudo-terminal that speaks its bytes. */
import { afterEach, describe, expect, test } from "vitest";
import type { PowerMeter, PowerSample } from "../../../host/power/meter.ts";
import { openMeter, openPower } from "../../../host/power/open.ts";
import { type FakeOptions, FakePpk2, METADATA } from "../../support/fake-ppk2.ts";
import { kernelTest } from "../../support/system-calls.ts";

const devices: FakePpk2[] = [];
afterEach(() => {
  for (const device of devices.splice(0)) device.close();
});
function device(options: Partial<FakeOptions> = {}): FakePpk2 {
  const made = new FakePpk2({ load: steady, ...options });
  devices.push(made);
  return made;
}
const SOURCE = "?mode=source&mv=3300";

/** The worked value of the formula: 0.1060013 A, D0 and D7 high. */
const steady = () => ({ adc: 2000, range: 3, marks: 0x81 });
const AMPS = 0.1060013;

/** Reads until so many samples are accounted for, or the stream ends. */
async function read(meter: PowerMeter, until: number) {
  const samples: PowerSample[] = [];
  let [accounted, error]: [number, unknown] = [0, null];
  try {
    for await (const sample of meter.samples()) {
      samples.push(sample);
      accounted += 1 + (sample.lost ?? 0);
      if (accounted >= until) break;
    }
  } catch (caught) {
    error = caught;
  }
  return { samples, error };
}

describe("what is said to it", () => {
  kernelTest(
    "source mode: silence, metadata, mode, voltage, power, stream; then silence",
    async () => {
      const fake = device();
      const meter = await openPower(`ppk2:${fake.path}?mode=source&mv=3000`);
      const { samples } = await read(meter, 1000);
      await meter.close();
      await fake.heard(7);
      expect(fake.commands).toEqual([
        ...[[0x07], [0x19], [0x11, 2], [0x0d, 0x0b, 0xb8], [0x0c, 1], [0x06]],
        [0x07],
      ]);
      expect(meter.facts).toMatchObject({
        scope: "target",
        quality: "derived",
        sampleRateHz: 100_000,
      });
      expect(meter.facts.notes.join()).toContain("3000 mV and goes on doing so");
      expect(samples[500]).toMatchObject({ volts: 3, marks: 0x81, seconds: 1e-5, lost: 0 });
      // S3 · Vdd belongs to the formula: 0.3 V less are 19 µA less
      expect(samples[500]?.amps).toBeCloseTo(AMPS - 6.2577e-5 * 0.3, 7);
      expect(samples[500]?.watts).toBeCloseTo(3 * (AMPS - 6.2577e-5 * 0.3), 6);
    },
  );

  kernelTest(
    "ampere mode: the source is left alone, and the supply's voltage is as was said",
    async () => {
      const fake = device();
      const meter = await openPower(`ppk2:${fake.path}?mode=ampere&mv=5000`);
      await meter.close();
      await fake.heard(5);
      expect(fake.commands.slice(0, 4)).toEqual([[0x07], [0x19], [0x11, 1], [0x0c, 1]]);
      expect(meter.facts.notes.join()).toContain("5000 mV are those of the URI");
    },
  );

  kernelTest(
    "as it was left: its own voltage, and a refusal where it has none to say",
    async () => {
      const meter = await openPower(`ppk2:${device().path}`);
      expect(meter.facts.name).toContain("source, 3300 mV");
      await meter.close();
      const ammeter = device({ metadata: METADATA.replace("mode: 2", "mode: 1") });
      await expect(openPower(`ppk2:${ammeter.path}`)).rejects.toThrow(/METER_MISSING.*mode and mv/);
    },
  );

  kernelTest("found streaming by an earlier run", async () => {
    const fake = device({ streaming: true });
    const meter = await openPower(`ppk2:${fake.path}${SOURCE}`);
    expect(fake.streaming).toBe(false);
    const { samples } = await read(meter, 1000);
    await meter.close();
    for (const { amps, lost } of samples)
      expect([amps, lost]).toEqual([expect.closeTo(AMPS, 7), 0]);
  });

  kernelTest(
    "something else on the port",
    async () => {
      const fake = device({ metadata: "OK\r\n" });
      await expect(openPower(`ppk2:${fake.path}${SOURCE}`)).rejects.toThrow(
        /METER_MISSING.*bytes that are no metadata.*PPK2/,
      );
    },
    30_000,
  );

  test.each([
    ["", /METER_MISSING/],
    ["/dev/no-such-port", /METER_MISSING/],
    ["/dev/null?mode=ampere", /USAGE.*the supply/],
    ["/dev/null?mode=source", /USAGE.*mv/],
    ["/dev/null?mv=3300", /USAGE.*no mode/],
    ["/dev/null?mode=both&mv=3300", /USAGE/],
    ["/dev/null?mode=source&mv=5001", /USAGE.*800 to 5000/],
    ["/dev/null?volts=3", /USAGE/],
  ])("refused: ppk2:%s", async (rest, message) => {
    await expect(openPower(`ppk2:${rest}`)).rejects.toThrow(message);
  });
});

describe("the stream", () => {
  /** Five seconds, in each of which twenty times one, two or three bytes of some sample go missing. */
  const SAMPLES = 500_000;
  const SLIPS = Array.from({ length: 100 }, (_, k) => ({
    sample: 3_000 + 4_900 * k,
    offset: (k >> 2) % 4,
    bytes: 1 + (k % 3),
  }));
  const OVER = 152_000;
  const over = (k: number) => k >= OVER && k < OVER + 100;
  /** 20 mA and 106 mA in turns of 1 ms, above 1 A for some samples in the middle. */
  const load = (k: number) => ({
    adc: over(k) ? 16_000 : Math.floor(k / 100) % 2 ? 2000 : 400,
    range: over(k) ? 4 : 3,
    marks: Math.floor(k / 100) % 256,
  });

  kernelTest(
    "five seconds with 100 slips: counted to the sample, taken up again, nothing above 1 A",
    async () => {
      const fake = device({ load, samples: SAMPLES, slips: SLIPS });
      const { openPpk2 } = await import("../../../host/power/ppk2.ts");
      const { parseUri } = await import("../../../host/uri.ts");
      const uri = parseUri(`ppk2:${fake.path}${SOURCE}`);
      if (!uri) throw new Error("no URI");
      // a clock that stands still: the fake sends faster than time, and nothing is late
      const meter = await openPpk2(uri, { nowNs: () => 0n });
      const { samples, error } = await read(meter, SAMPLES - 6);
      await meter.close();
      expect(error).toBeNull();

      let k = 1; // two of a stream's first may be torn
      let [mean, truth, most] = [0, 0, 0];
      const losses: { readonly from: number; readonly lost: number }[] = [];
      for (const { amps = 0, marks, lost } of samples) {
        if (lost !== 0) losses.push({ from: k + 1, lost: lost ?? Number.NaN });
        k += 1 + (lost ?? Number.NaN);
        if (marks !== load(k).marks) throw new Error(`sample ${k} has the marks of another`);
        mean += amps / samples.length;
        truth += trueAmps(k) / samples.length;
        most = Math.max(most, amps);
      }
      expect(k).toBeGreaterThanOrEqual(SAMPLES - 6);
      const [over, ...others] = losses.filter(({ from }) => from === OVER);
      expect([over?.lost, others]).toEqual([100, []]);
      const slipped = losses.filter(({ from }) => from !== OVER);
      expect(slipped).toHaveLength(SLIPS.length);
      for (const [n, { sample }] of SLIPS.entries()) {
        const { from = Number.NaN, lost = Number.NaN } = slipped[n] ?? {};
        expect(from).toBeLessThanOrEqual(sample);
        expect(from + lost).toBeGreaterThan(sample);
        expect(lost).toBeLessThan(64);
      }
      expect(most).toBeLessThanOrEqual(1);
      expect(Math.abs(mean / truth - 1)).toBeLessThan(1e-3);
    },
    120_000,
  );

  /** By the formula, range 3 at 3.3 V: x = (4·adc − 50.4983) · 1.8 / 163840 / 0.9636. */
  function trueAmps(k: number): number {
    const x = ((4 * load(k).adc - 50.4983) * 1.8) / 163_840 / 0.9636;
    return x * (2.4217 * x + 0.9519) + 6.2577e-5 * 3.3 - 3.74119e-4;
  }

  kernelTest(
    "a device that falls silent is lost too",
    async () => {
      const fake = device({ samples: 5_000 });
      const meter = await openPower(`ppk2:${fake.path}${SOURCE}`);
      const { samples, error } = await read(meter, Number.POSITIVE_INFINITY);
      await meter.close();
      expect(samples.length).toBeGreaterThan(4_900);
      expect(error).toMatchObject({
        code: "METER_LOST",
        message: expect.stringContaining("no sample for 2 s"),
      });
    },
    30_000,
  );

  kernelTest("a window of it in joules", async () => {
    const meter = await openMeter(`ppk2:${device({ pace: "real" }).path}${SOURCE}`);
    await meter.start();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { joules, seconds, coverage } = await meter.stop();
    await meter.close();
    expect(joules.value / seconds / coverage).toBeCloseTo(AMPS * 3.3, 4);
    expect(coverage).toBeGreaterThan(0);
  });
});
