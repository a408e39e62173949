/** Windows that something else than the meter cut: the interval is as wide as the clocks may differ, and holds. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import type { Figure, PowerFacts, StepEnergy } from "../../../host/power/meter.ts";
import { PulseCutter } from "../../../host/power/pulses.ts";
import { type Load, simulate } from "../../../host/power/sim.ts";
import { Skew } from "../../../host/power/skew.ts";
import { StepWindows } from "../../../host/power/step-windows.ts";
import { Trace } from "../../../host/power/trace.ts";
import { holds, JOULES, PERIOD, PULSES, WIDTH } from "../../support/pulse-load.ts";

const NS = 1e9;
const RATE = 100_000;
const FACTS: PowerFacts = {
  ...{ uri: "sim", name: "simulated", scope: "target", quality: "derived", reads: true },
  ...{ doesNotInclude: [], method: "simulated", notes: [] },
  accuracy: { gain: 0, offsetWatts: 0, timeSeconds: 0.002, integrates: false },
  ...{ sampleRateHz: RATE, gapSeconds: 2.5 / RATE },
};

const width = (figure: Figure | null): number => (figure?.high ?? 0) - (figure?.low ?? 0);

type Case = {
  readonly load?: Load;
  /** by how much the meter's times are off */
  readonly shiftSeconds?: number;
  readonly seed?: number;
  readonly period?: number;
  readonly length?: number;
  readonly steps?: number;
  /** of the time between request and answer */
  readonly around?: readonly [before: number, after: number];
  readonly facts?: PowerFacts;
};

/** What the host's clock says of 1,000 steps, and what D0 does. */
function both({
  load = PULSES,
  shiftSeconds = 0,
  seed = 1,
  period = PERIOD,
  length = WIDTH,
  steps = 1000,
  around = [0, 0],
  facts = FACTS,
}: Case): { readonly clock: StepEnergy; readonly pin: StepEnergy } {
  const trace = new Trace(facts.gapSeconds);
  const pulses = new PulseCutter({ step: 0, work: null });
  const instrument = { rateHz: RATE, noiseWatts: 0.01, driftWattsPerSecond: 0, skew: 0, seed };
  const reading = simulate(load, instrument, BigInt(Math.round(shiftSeconds * NS)));
  for (let k = 0; k < (steps * period + 0.02) * RATE; k++) {
    const sample = reading();
    trace.add(sample);
    pulses.add(sample, trace.since(sample.tNs) ?? 0);
  }
  const windows = new StepWindows("clock", "by a clock", 1e-5);
  const ns = (seconds: number) => BigInt(Math.round(seconds * NS));
  for (let k = 5; k < steps; k++) {
    const [from, to] = [k * period - around[0], k * period + length + around[1]];
    windows.add({ fromNs: ns(from), toNs: ns(to), ns: length * NS });
  }
  const [from, to] = [0, (steps * period + 0.01) * NS];
  return {
    clock: windows.cut(trace, from, to, facts, null),
    pin: pulses.cut(from, to, facts.accuracy),
  };
}

test.each([0, 0.0004, -0.0011, 0.002, -0.002])(
  "200 µs pulses, the meter's clock %s s off: the interval is wider than by D0, and holds",
  (shiftSeconds) => {
    const { clock, pin } = both({ shiftSeconds });
    expect(clock.count).toBeGreaterThan(950);
    expect(holds(clock.joulesEach, JOULES)).toBe(true);
    expect(holds(pin.joulesEach, JOULES)).toBe(true);
    expect(width(clock.joulesEach)).toBeGreaterThan(3 * width(pin.joulesEach));
  },
);

test("any shift that the meter's times may have, a hundred seeds", () => {
  const random = mulberry32(3);
  for (let seed = 1; seed <= 100; seed++) {
    const shiftSeconds = 0.002 * (2 * random() - 1);
    const { clock } = both({ shiftSeconds, seed, steps: 40 });
    expect([seed, holds(clock.joulesEach, JOULES)]).toEqual([seed, true]);
  }
});

test("long steps beside what the clocks may differ: a narrow interval", () => {
  const load: Load = { watts: (s) => (s % 0.1 < 0.05 ? 2 : 1), marks: () => 0 };
  const { clock } = both({ load, period: 0.1, length: 0.05, steps: 30, shiftSeconds: 0.001 });
  expect(holds(clock.joulesEach, 0.1)).toBe(true);
  expect(width(clock.joulesEach)).toBeLessThan(0.1 * 0.16);
  // 3 ms at the ends of 50 ms, of the 1 W that the load changes by
  expect(width(clock.joulesEach)).toBeGreaterThan(2 * 0.002);
});

test("the board's own time, somewhere between request and answer: wider by the doubt where", () => {
  const load: Load = { watts: (s) => (s % 0.1 < 0.05 ? 2 : 1), marks: () => 0 };
  const quiet = { ...FACTS, accuracy: { ...FACTS.accuracy, timeSeconds: 0 } };
  const steps = { load, period: 0.1, length: 0.05, steps: 30, facts: quiet };
  const known = both(steps).clock;
  const between = both({ ...steps, around: [0.004, 0.012] }).clock;
  expect(holds(known.joulesEach, 0.1)).toBe(true);
  expect(holds(between.joulesEach, 0.1)).toBe(true);
  expect(width(between.joulesEach)).toBeGreaterThan(width(known.joulesEach) + 2 * 0.007);
});

test("steps shorter than two readings are apart, and steps in a gap, give no figure", () => {
  const slow = { ...FACTS, sampleRateHz: 20, gapSeconds: 0.125 };
  const { clock } = both({ facts: slow });
  expect(clock).toMatchObject({ joulesEach: null, spread: null });
  expect(clock.missing?.reason).toMatch(/0\.00020 s are shorter than the 0\.050 s/);
  const windows = new StepWindows("clock", "by a clock", 0);
  const trace = new Trace(0.0025);
  const reading = simulate(
    { watts: () => 1, marks: () => 0 },
    { rateHz: 1000, noiseWatts: 0, driftWattsPerSecond: 0, skew: 0, seed: 1 },
    0n,
  );
  for (let k = 0; k < 1000; k++) {
    const sample = reading();
    if (k < 300 || k >= 500) trace.add(sample);
  }
  for (let k = 0; k < 9; k++) {
    const fromNs = BigInt(k) * 100_000_000n + 10_000_000n;
    windows.add({ fromNs, toNs: fromNs + 80_000_000n, ns: 80e6 });
  }
  const thousand = { ...FACTS, sampleRateHz: 1000 };
  const cut = windows.cut(trace, -1e6, 0.95 * NS, thousand, null);
  expect(cut.count).toBe(7);
  expect(cut.joulesEach?.value).toBeCloseTo(0.08, 6);
});

test.each([-80, -20, 0, 35, 100])(
  "a device's clock that gains %i ppm: found, with its bounds",
  (ppm) => {
    const random = mulberry32(11);
    const skew = new Skew();
    for (let burst = 1; burst <= 3000; burst++) {
      const host = burst * 0.01;
      skew.add(host * (1 + ppm * 1e-6), host + 0.001 + 0.004 * random() ** 2);
    }
    const { value, low, high } = skew.ppm as Figure;
    expect(Math.abs(value - ppm)).toBeLessThan(5);
    expect(low).toBeLessThanOrEqual(ppm);
    expect(high).toBeGreaterThanOrEqual(ppm);
  },
);

test("no skew before three whole seconds", () => {
  const skew = new Skew();
  for (let k = 0; k <= 29; k++) skew.add(k / 10, k / 10);
  expect(skew.ppm).toBeNull();
  skew.add(3, 3);
  expect(skew.ppm?.value).toBeCloseTo(0, 6);
});

test("a second line: what taking the input and giving the output cost, by hand", () => {
  // of every 0.1 s: 10 ms of 3 W to take it, 50 ms of 2 W, 20 ms of 5 W to give it, and 1 W
  const watts = (s: number): number => {
    const ms = (s % 0.1) * 1000;
    return ms < 10 ? 3 : ms < 60 ? 2 : ms < 80 ? 5 : 1;
  };
  const trace = new Trace(FACTS.gapSeconds);
  const instrument = { rateHz: RATE, noiseWatts: 0.01, driftWattsPerSecond: 0, skew: 0, seed: 4 };
  const reading = simulate({ watts, marks: () => 0 }, instrument, 0n);
  for (let k = 0; k < 2.1 * RATE; k++) trace.add(reading());
  const windows = new StepWindows("gpio:17+27", "edges", 1e-4);
  const add = (from: number, to: number, part?: "input" | "output") => {
    const [fromNs, toNs] = [from, to].map((ms) => BigInt(Math.round(ms * 1e6)));
    if (fromNs !== undefined && toNs !== undefined)
      windows.add({ fromNs, toNs, ns: Number(toNs - fromNs) }, part);
  };
  for (let k = 1; k < 20; k++) {
    add(100 * k, 100 * k + 10, "input");
    add(100 * k + 10, 100 * k + 60);
    add(100 * k + 60, 100 * k + 80, "output");
  }
  const quiet = { ...FACTS, accuracy: { ...FACTS.accuracy, timeSeconds: 0 } };
  const found = windows.cut(trace, 0, 2.05 * NS, quiet, null);
  expect(found.count).toBe(19);
  for (const [figure, joules] of [
    [found.joulesEach, 2 * 0.05],
    [found.input, 3 * 0.01],
    [found.output, 5 * 0.02],
  ] as const) {
    expect(figure?.value).toBeCloseTo(joules, 3);
    expect(holds(figure, joules)).toBe(true);
    // 0.1 ms, and 1 ms that readings are joined to, of at most 4 W
    expect(width(figure)).toBeLessThan(2 * 1.2e-3 * 4);
  }
  // shorter than there is between two readings: nothing is known of it
  const slow = { ...quiet, sampleRateHz: 50 };
  expect(windows.cut(trace, 0, 2.05 * NS, slow, null).input).toBeNull();
});
