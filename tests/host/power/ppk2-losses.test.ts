/** What a PPK2's counter cannot tell: it turns every 64 samples, and only time shows that more are missing. */
import { afterEach, expect } from "vitest";
import type { PowerSample } from "../../../host/power/meter.ts";
import { openPpk2 } from "../../../host/power/ppk2.ts";
import { Trace } from "../../../host/power/trace.ts";
import { parseUri } from "../../../host/uri.ts";
import { type FakeOptions, FakePpk2 } from "../../support/fake-ppk2.ts";
import { kernelTest } from "../../support/system-calls.ts";

let fake: FakePpk2 | null = null;
afterEach(() => fake?.close());

/** The pins say which hundred samples it is, modulo 256: 0.256 s. */
const load = (k: number) => ({ adc: 2000, range: 3, marks: Math.floor(k / 100) % 256 });

/** Reads to the end of what is sent, or so many. Time is that of the device: a sample takes 10 µs, however busy this computer is. */
async function read(options: Partial<FakeOptions>, most = Number.POSITIVE_INFINITY) {
  const device = new FakePpk2({ load, ...options });
  fake = device;
  const uri = parseUri(`ppk2:${device.path}?mode=source&mv=3300`);
  if (!uri) throw new Error("no URI");
  const meter = await openPpk2(uri, { nowNs: () => BigInt(device.sent) * 10_000n });
  const samples: PowerSample[] = [];
  try {
    for await (const sample of meter.samples()) {
      samples.push(sample);
      if (samples.length === most) break;
    }
  } catch {
    // silent at its end
  }
  await meter.close();
  return { samples, meter };
}

/** Whole packets of USB that never came. */
const packets = (sample: number, count: number) => [{ sample, offset: 0, bytes: 4 * count }];

kernelTest(
  "63 samples: counted to the sample; 13,000: unknown, and a gap about as long as they were",
  async () => {
    const few = await read({ samples: 30_000, slips: packets(20_000, 63) });
    expect(few.samples.map(({ lost }) => lost).filter((lost) => lost !== 0)).toEqual([63]);
    const { samples, meter } = await read({ samples: 260_000, slips: packets(150_000, 13_000) });
    const losses = samples.map(({ lost }, k) => ({ k, lost })).filter(({ lost }) => lost !== 0);
    expect(losses).toHaveLength(1);
    const { k: place = 0, lost } = losses[0] ?? {};
    expect(lost).toBeNull();
    // two of the first may be torn
    expect(place).toBe(150_000 - 2);
    expect(samples[place]?.marks).toBe(load(163_000).marks);
    const trace = new Trace(meter.facts.gapSeconds);
    for (const sample of samples) trace.add(sample);
    const [before, after] = [place - 1, place].map((k) => samples[k]?.tNs ?? 0n) as [
      bigint,
      bigint,
    ];
    // what waits in buffers makes bursts late by some 20 ms
    expect(Math.abs(Number(after - before) / 1e6 - 130)).toBeLessThan(40);
    const covered = trace.intervals.reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
    expect(covered / 1e4).toBeLessThan(1.001 * samples.length);
  },
  60_000,
);

kernelTest(
  "found streaming in the middle of a sample, metadata behind what was left in the buffers",
  async () => {
    const slips = [{ sample: 0, offset: 0, bytes: 3 }];
    const { samples } = await read({ streaming: true, slips }, 5_000);
    expect(samples).toHaveLength(5_000);
    for (const { lost, amps } of samples)
      expect([lost, amps]).toEqual([0, expect.closeTo(0.1060013, 7)]);
  },
  60_000,
);

kernelTest(
  "a calibration of nothing but -nan: the standard one, and it is said that it is not calibrated",
  async () => {
    const keys = ["R", "GS", "GI", "O", "S", "I", "UG"].flatMap((key) =>
      Array.from({ length: 5 }, (_, range) => `${key}${range}: -nan`),
    );
    const metadata = ["Calibrated: 0", ...keys, "VDD: 3300", "HW: -nan", "mode: 2", "END", ""].join(
      "\n",
    );
    const { samples, meter } = await read({ samples: 5_000, metadata });
    // x = 4 · 2000 · 1.8 / 163,840 / 0.94, A = x · (x + 1)
    const x = (8000 * 1.8) / 163_840 / 0.94;
    expect(samples[100]?.amps).toBeCloseTo(x * (x + 1), 9);
    expect(meter.facts.notes.join()).toContain("not calibrated");
  },
  60_000,
);
