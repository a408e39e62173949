/** The stated interval holds the truth about 95 times in 100: loads that are known to the last digit, a hundred seeds each. */
import { expect, test } from "vitest";
import { halfWidth95, t95 } from "../../../host/power/interval.ts";
import type { Accuracy, EnergyReading, Figure, MeterFacts } from "../../../host/power/meter.ts";
import { type EnergyReport, energyReport } from "../../../host/power/report.ts";
import { type Instrument, type Load, simulate } from "../../../host/power/sim.ts";
import { Trace } from "../../../host/power/trace.ts";
import { readingOf } from "../../../host/power/window.ts";

const FACTS: MeterFacts = {
  ...{ uri: "sim", name: "simulated", scope: "target", quality: "measured", reads: true },
  ...{ doesNotInclude: [], method: "simulated" },
};
const EXACT: Accuracy = { gain: 0, offsetWatts: 0, timeSeconds: 0, integrates: false };
const REFERENCE: Instrument = {
  ...{ rateHz: 1000, noiseWatts: 0.1, driftWattsPerSecond: 0, skew: 0, seed: 1 },
};
/** 1 W idle, 2 W while it works: from second 1 to 3 of 4. */
const WORK: Load = { watts: (s) => (s >= 1 && s < 3 ? 2 : 1), marks: () => 0 };
const NS = 1e9;

function traceOf(load: Load, instrument: Instrument, seconds: number): Trace {
  const trace = new Trace(2.5 / instrument.rateHz);
  const reading = simulate(load, instrument, 0n);
  for (let k = 0; k < seconds * instrument.rateHz; k++) trace.add(reading());
  return trace;
}

/** What the four seconds cost, cut by the host's clock. */
function measured(instrument: Instrument, accuracy: Accuracy): EnergyReport {
  const trace = traceOf(WORK, instrument, 4.1);
  const origin = trace.since(0n) as number;
  const cut = (from: number, to: number): EnergyReading =>
    readingOf(trace, origin + from * NS, origin + to * NS, accuracy);
  const windows = { idle: [cut(0.01, 1), cut(3, 4)], active: cut(1, 3) };
  return energyReport(FACTS, windows, {
    ...{ inferences: 100, steps: 100, spikes: null, synapticEvents: null },
  });
}

const holds = (figure: Figure | null, truth: number): boolean =>
  figure !== null && figure.low <= truth && truth <= figure.high;

const SCENARIOS: readonly (readonly [string, Partial<Instrument>, Partial<Accuracy>])[] = [
  ["noise", {}, {}],
  ["much noise, few readings", { noiseWatts: 0.4, rateHz: 50 }, {}],
  ["a drift that idle before and after sees", { driftWattsPerSecond: 0.001 }, {}],
  ["a clock that gains 100 ppm", { skew: 1e-4 }, { timeSeconds: 4e-4 }],
];

test.each(SCENARIOS)(
  "%s: what the work added, 90 to 99 times in 100",
  (_, instrument, accuracy) => {
    let held = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const { deltaWatts } = measured(
        { ...REFERENCE, ...instrument, seed },
        { ...EXACT, ...accuracy },
      );
      if (holds(deltaWatts, 1)) held += 1;
    }
    expect(held).toBeGreaterThanOrEqual(90);
    expect(held).toBeLessThanOrEqual(99);
  },
);

test("at the reference noise, 5 % of the power, the interval is narrower than 3 %, and holds", () => {
  let held = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const { joulesPerInference: figure } = measured({ ...REFERENCE, seed }, EXACT);
    if (holds(figure, 0.04)) held += 1;
    const { low, high } = figure as Figure;
    expect((high - low) / 2).toBeLessThan(0.03 * 0.04);
  }
  expect(held).toBeGreaterThanOrEqual(90);
  expect(held).toBeLessThanOrEqual(99);
});

test("what the maker states widens the interval: 2 % of 2 W and an offset of 0.05 W", () => {
  const quiet = { ...REFERENCE, noiseWatts: 0 };
  const { activeWatts } = measured(quiet, { ...EXACT, gain: 0.02, offsetWatts: 0.05 });
  expect(activeWatts?.value).toBeCloseTo(2, 6);
  expect((activeWatts as Figure).high - 2).toBeCloseTo(Math.hypot(0.04, 0.05), 4);
});

test("a mean of two idle windows does not make the maker's 15 % smaller", () => {
  const quiet = { ...REFERENCE, noiseWatts: 0 };
  const { idleWatts } = measured(quiet, { ...EXACT, gain: 0.15 });
  expect((idleWatts as Figure).high - (idleWatts as Figure).value).toBeCloseTo(0.15, 3);
});

test("a gap is not bridged: what was not seen may be the furthest that was", () => {
  const trace = new Trace(0.0025);
  const reading = simulate(
    { ...WORK, watts: (s) => (s < 0.5 ? 1 : 3) },
    { ...REFERENCE, noiseWatts: 0 },
    0n,
  );
  for (let k = 0; k < 1000; k++) {
    const sample = reading();
    if (k < 600 || k >= 800) trace.add(sample);
  }
  const { joules, coverage } = readingOf(trace, -1e6, 999e6, EXACT);
  expect(coverage).toBeCloseTo(0.8, 2);
  expect(joules.value).toBeCloseTo(0.5 * 1 + 0.3 * 3, 2); // and nothing for the gap
  const whole = readingOf(trace, -1e6, 599e6, EXACT).joules;
  expect(joules.high - joules.value).toBeGreaterThan(whole.high - whole.value);
});

/** Student's t: the table of any textbook. */
test.each([
  [1, 12.706],
  [10, 2.228],
  [29, 2.045],
  [40, 2.021],
  [60, 2.0],
  [120, 1.98],
])("t for 95 %% with %i degrees of freedom", (freedom, t) => {
  expect(t95(freedom)).toBeCloseTo(t, 2);
});

test("half the width of a mean: 1, 2, 3 scatter by 1, so t(2) · 1 / √3", () => {
  expect(halfWidth95([1, 2, 3])).toBeCloseTo(4.303 / Math.sqrt(3), 3);
  expect(halfWidth95([7])).toBeNull();
  expect(halfWidth95([])).toBeNull();
});
