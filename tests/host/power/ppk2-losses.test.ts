/** What a PPK2's counter cannot tell: it turns every 64 samples, and only time shows that more are missing. */
import { afterEach, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import type { PowerSample } from "../../../host/power/meter.ts";
import { openPpk2 } from "../../../host/power/ppk2.ts";
import { Ppk2Samples } from "../../../host/power/ppk2-samples.ts";
import { SampleQueue } from "../../../host/power/sample-queue.ts";
import { Trace } from "../../../host/power/trace.ts";
import { parseUri } from "../../../host/uri.ts";
import { type FakeOptions, FakePpk2, word } from "../../support/fake-ppk2.ts";
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

const BURST = 1000;
/** Two of the first may be torn, and the last four wait for those behind them. */
const HELD_BACK = 6;

/** Bursts of 10 ms, up to 5 ms late each, and `missing` samples from number 150,000 on that never came. */
async function readWithout(missing: number): Promise<PowerSample[]> {
  const samples = new Ppk2Samples(() => 0.1, 3.3, 0);
  const queue = new SampleQueue();
  const random = mulberry32(1);
  const here = (k: number) => k < 150_000 || k >= 150_000 + missing;
  for (let from = 0; from < 260_000; from += BURST) {
    const numbers = Array.from({ length: BURST }, (_, k) => from + k).filter(here);
    const words = Uint32Array.from(numbers, (k) => word(k, load(k)));
    const lateNs = Math.round(5e6 * random());
    if (numbers.length === 0) continue;
    samples.push(new Uint8Array(words.buffer), BigInt((from + BURST) * 10_000 + lateNs), queue);
  }
  queue.end();
  const found: PowerSample[] = [];
  for await (const sample of queue) found.push(sample);
  return found;
}

test.each([1, 40, 63])("%i samples at a time: counted to the sample", async (missing) => {
  const samples = await readWithout(missing);
  const losses = samples.map(({ lost }) => lost).filter((lost) => lost !== 0);
  expect(losses).toEqual([missing]);
  expect(samples).toHaveLength(260_000 - missing - HELD_BACK);
});

// beyond the counter's 63 time is the only witness, and knows of what is later than bursts usually are: here 5 ms, 500 samples
test.each([600, 1500])("%i, more than the counter can tell: unknown how many", async (missing) => {
  const samples = await readWithout(missing);
  const losses = samples.map(({ lost }) => lost).filter((lost) => lost !== 0);
  expect(losses).toEqual([null]);
});

test("13,000: unknown, and a gap as long as they were", async () => {
  const samples = await readWithout(13_000);
  const losses = samples.map(({ lost }, k) => ({ k, lost })).filter(({ lost }) => lost !== 0);
  // two of the first may be torn
  const place = 150_000 - 2;
  expect(losses).toEqual([{ k: place, lost: null }]);
  expect(samples[place]?.marks).toBe(load(163_000).marks);
  const [before, after] = [place - 1, place].map((k) => samples[k]?.tNs ?? 0n) as [bigint, bigint];
  // the usual lateness, of 5 ms, is no loss
  expect(Math.abs(Number(after - before) / 1e6 - 130)).toBeLessThan(6);
  const trace = new Trace(1);
  for (const sample of samples) trace.add(sample);
  const covered = trace.intervals.reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
  expect(covered / 1e4).toBeLessThan(1.001 * samples.length);
});

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
