/** A printing meter whose lines carry the board's own time: mapped to ours, or left alone where it is no clock. */
import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { meterOf } from "../../../host/power/ledger.ts";
import type { PowerMeter, PowerSample } from "../../../host/power/meter.ts";
import { openText } from "../../../host/power/text.ts";
import { PowerLines } from "../../../host/power/text-lines.ts";
import { parseUri, type Uri } from "../../../host/uri.ts";
import { FakeTime } from "../../support/fake-time.ts";
import { port, turn } from "../../support/sensor-port.ts";

const URI = parseUri("text:/dev/ttyACM0@115200") as Uri;
const PERIOD_MS = 20;
/** The board began 7 s earlier than our clock. */
const STARTED_MS = 7000;

type Board = {
  readonly ppm: number;
  readonly seed: number;
  readonly watts?: (ms: number) => number;
  /** of a reading at so many of our ms */
  readonly line?: (stampMs: number, watts: number) => string;
};

/** Prints a reading every 20 ms; each arrives 1 to 30 ms late, and none overtakes another. */
class Printing {
  readonly time = new FakeTime();
  readonly held = port();
  readonly truthMs: number[] = [];
  readonly #board: Board;
  readonly #random: () => number;
  #nextMs = 0;
  #restartMs = -STARTED_MS;

  constructor(board: Board) {
    this.#board = board;
    this.#random = mulberry32(board.seed);
  }

  open(): Promise<PowerMeter> {
    return openText(URI, this.time, { line: this.held.line, timers: this.time });
  }

  restart(): void {
    this.#restartMs = this.#nextMs;
  }

  /** Readings until this moment of ours. */
  until(ms: number): void {
    const { ppm, watts = () => 1, line = plotter } = this.#board;
    for (; this.#nextMs < ms; this.#nextMs += PERIOD_MS) {
      const stamp = Math.floor((this.#nextMs - this.#restartMs) * (1 + ppm * 1e-6));
      const now = Number(this.time.nowNs()) / 1e6;
      this.time.pass(Math.max(0, this.#nextMs + 1 + 29 * this.#random() - now));
      this.truthMs.push(this.#nextMs);
      this.held.print(line(stamp, watts(this.#nextMs)));
    }
  }
}

const plotter = (stamp: number, watts: number) => `t_ms:${stamp},V:5,mA:${200 * watts}\n`;

/** What has come until the port is pulled out. */
async function drained(meter: PowerMeter, held: Printing["held"]): Promise<PowerSample[]> {
  const samples: PowerSample[] = [];
  const reading = (async () => {
    for await (const sample of meter.samples()) samples.push(sample);
  })().catch(() => {});
  await turn();
  held.pull();
  await reading;
  return samples;
}

describe("the board's clock as ours", () => {
  test.each([-4000, -80, 0, 80, 4000])("one that gains %i ppm", async (ppm) => {
    const printing = new Printing({ ppm, seed: 5 });
    const opening = printing.open();
    await turn();
    printing.held.print("the end of a line\n");
    printing.until(1000);
    const meter = await opening;
    expect(meter.facts.method).toContain("times by its own clock (t_ms)");
    const samples: PowerSample[] = [];
    const from = printing.truthMs.length;
    const reading = (async () => {
      for await (const sample of meter.samples()) samples.push(sample);
    })().catch(() => {});
    printing.until(61_000);
    await turn();
    printing.held.pull();
    await reading;
    const seconds = meter.timeSeconds?.() ?? Number.NaN;
    // not the 29 ms that single lines are late by, and not nothing: 1 ms is a unit, 2 ms are USB's
    expect(seconds).toBeGreaterThan(0.003);
    expect(seconds).toBeLessThan(0.012);
    const settled = samples.slice(500);
    const truth = printing.truthMs.slice(from + 500);
    expect(settled).toHaveLength(truth.length);
    for (const [k, { tNs, lost }] of settled.entries()) {
      expect(Math.abs(Number(tNs) / 1e6 - (truth[k] as number))).toBeLessThan(1000 * seconds);
      expect(lost).toBe(0);
    }
    const skew = meter.skewPpm?.();
    expect(skew?.low).toBeLessThanOrEqual(ppm);
    expect(skew?.high).toBeGreaterThanOrEqual(ppm);
    // a millisecond of scatter over a minute
    expect((skew?.high ?? 0) - (skew?.low ?? 0)).toBeLessThan(100);
  });

  test("a window by our clock has the energy of that time; without the board's it may not", async () => {
    // 1 W, and 9 W from 10 s to 12 s
    const watts = (ms: number) => (ms >= 10_000 && ms < 12_000 ? 9 : 1);
    const printing = new Printing({ ppm: 500, seed: 3, watts });
    const { time } = printing;
    const opening = printing.open();
    await turn();
    printing.held.print("x\n");
    printing.until(1000);
    const pause = (ms: number) => new Promise<void>((resolve) => void time.after(ms, resolve));
    const meter = meterOf(await opening, time, pause);
    const started = meter.start();
    await turn();
    printing.until(10_500);
    await started;
    await meter.start();
    const startMs = Number(time.nowNs()) / 1e6;
    printing.until(13_500);
    const stopMs = Number(time.nowNs()) / 1e6;
    const stopping = meter.stop();
    printing.until(14_000);
    await turn();
    const { joules, seconds } = await stopping;
    expect(seconds).toBeCloseTo((stopMs - startMs) / 1000, 9);
    // by hand: 9 W until 12 s, 1 W from then; the trapezoid between readings has half of 20 ms more
    const truth = (9 * (12_000 - startMs) + (stopMs - 12_000)) / 1000 - (8 * 0.02) / 2;
    expect(Math.abs(joules.value - truth)).toBeLessThan(8 * 0.012);
    expect(joules.low).toBeLessThanOrEqual(truth);
    expect(joules.high).toBeGreaterThanOrEqual(truth);
    await meter.close();
  });

  test("a board that begins anew leaves a gap of unknown size, and its times go on", async () => {
    const printing = new Printing({ ppm: 0, seed: 2 });
    const opening = printing.open();
    await turn();
    printing.held.print("x\n");
    printing.until(1000);
    const meter = await opening;
    const iterator = meter.samples()[Symbol.asyncIterator]();
    printing.until(3000);
    printing.restart();
    printing.until(4000);
    const samples: PowerSample[] = [];
    while (samples.length < 140) samples.push((await iterator.next()).value as PowerSample);
    expect(samples.filter(({ lost }) => lost === null)).toHaveLength(1);
    expect(samples.every(({ tNs }, k) => k === 0 || tNs >= (samples[k - 1]?.tNs ?? 0n))).toBe(true);
    await meter.close();
  });
});

test("a column that is no clock is left alone, and said", async () => {
  // the time that a conversion takes: it stands still
  const line = (_: number, watts: number) => `t_ms:12,V:5,mA:${200 * watts}\n`;
  const printing = new Printing({ ppm: 0, seed: 1, line });
  const opening = printing.open();
  await turn();
  printing.held.print("x\n");
  printing.until(1000);
  const meter = await opening;
  expect(meter.facts.notes.join(" ")).toContain("Its t_ms does not go as this computer's clock");
  expect(meter.timeSeconds).toBeUndefined();
  const reading = drained(meter, printing.held);
  printing.until(1100);
  const samples = await reading;
  expect(samples.every(({ tNs }, k) => k === 0 || tNs > (samples[k - 1]?.tNs ?? 0n))).toBe(true);
});

test("a reading without a time among others that have one is lost", async () => {
  let number = 0;
  const line = (stamp: number, watts: number) =>
    ++number === 60 ? `V:5,mA:${200 * watts}\n` : plotter(stamp, watts);
  const printing = new Printing({ ppm: 0, seed: 1, line });
  const opening = printing.open();
  await turn();
  printing.held.print("x\n");
  printing.until(1000);
  const meter = await opening;
  const iterator = meter.samples()[Symbol.asyncIterator]();
  printing.until(2000);
  const samples: PowerSample[] = [];
  while (samples.length < 49) samples.push((await iterator.next()).value as PowerSample);
  expect(samples.map(({ lost }) => lost).filter((lost) => lost !== 0)).toEqual([1]);
  await meter.close();
});

test.each([
  ["time_us,bus_V,current_mA", "1500,5,200", 1500, 1e3],
  ["Time (ms),bus_V,current_mA", "15,5,200", 15, 1e6],
  [null, '{"t_ms":15,"bus_V":5,"mA":200}', 15, 1e6],
  [null, '{"time":"15 ms","bus_V":5,"mA":200}', 15, 1e6],
  [null, "Time: 15 ms, V: 5, mA: 200", 15, 1e6],
  [null, "micros:4294967295,V:5,mA:200", 4_294_967_295, 1e3],
  [null, "timestamp_s:1.5,V:5,mA:200", 1.5, 1e9],
] as const)("a time is told by its name and its unit: %j %s", (header, line, count, unitNs) => {
  const lines = new PowerLines();
  if (header !== null) expect(lines.push(header, 0n)).toBeNull();
  const reading = lines.push(line, 0n);
  expect(reading).toMatchObject({ watts: 1, stamp: { count, unitNs } });
});

test.each(["V:5,mA:200", "time:15,V:5,mA:200", "runtime_ms:15,V:5,mA:200", "t_ms:nan,V:5,mA:200"])(
  "no time: %s",
  (line) => {
    expect(new PowerLines().push(line, 0n)).toMatchObject({ watts: 1, stamp: null });
  },
);
