import { expect, test } from "vitest";
import type { EnergyReading, Figure, Meter, MeterFacts } from "../../../host/power/meter.ts";
import {
  BRAIN_SYNAPTIC_EVENT_JOULES,
  energyReport,
  measure,
  type Work,
} from "../../../host/power/report.ts";

const RAPL: MeterFacts = {
  uri: "rapl",
  name: "RAPL package-0",
  scope: "soc",
  quality: "derived",
  reads: true,
  doesNotInclude: ["memory"],
  method: "difference of a counter",
};
const ESTIMATE: MeterFacts = {
  ...RAPL,
  uri: "estimate",
  scope: "core",
  quality: "estimated",
  reads: false,
};

const LAYERED: Work = { inferences: 500, steps: 500, spikes: null, synapticEvents: null };
const SPIKING: Work = { inferences: 10, steps: 1000, spikes: 40_000, synapticEvents: 8_000_000 };

const reading = (
  seconds: number,
  value: number,
  error: number,
  coverage = 1,
  samples = 3,
): EnergyReading => ({
  seconds,
  joules: { value, low: value - error, high: value + error },
  samples,
  coverage,
});

const close = ({ value, low, high }: Figure) => ({
  value: expect.closeTo(value, 12),
  low: expect.closeTo(low, 12),
  high: expect.closeTo(high, 12),
});

/** Idle 4 ± 0.2 W before and 5 ± 0.25 W after; active 20 ± 0.4 J in 2 s. */
const MEASURED = {
  idle: [reading(1, 4, 0.2), reading(2, 10, 0.5)],
  active: reading(2, 20, 0.4),
};

/** Half of what the mean of two independent windows is known within. */
const IDLE = Math.hypot(0.2, 0.25) / 2;

test("idle before and after, active, and what lies between, each with its bounds", () => {
  const report = energyReport(RAPL, MEASURED, SPIKING);
  expect(report.idleWatts).toEqual(close({ value: 4.5, low: 4.5 - IDLE, high: 4.5 + IDLE }));
  expect(report.activeWatts).toEqual(close({ value: 10, low: 9.8, high: 10.2 }));
  const half = Math.hypot(0.2, IDLE);
  expect(report.deltaWatts).toEqual(close({ value: 5.5, low: 5.5 - half, high: 5.5 + half }));
});

test("joules per inference, step, spike and synaptic event are all-in", () => {
  const report = energyReport(RAPL, MEASURED, SPIKING);
  expect(report.joulesPerInference).toEqual(close({ value: 2, low: 1.96, high: 2.04 }));
  expect(report.joulesPerStep).toEqual(close({ value: 0.02, low: 0.0196, high: 0.0204 }));
  expect(report.joulesPerSpike).toEqual(close({ value: 5e-4, low: 4.9e-4, high: 5.1e-4 }));
  expect(report.joulesPerSynapticEvent?.value).toBeCloseTo(2.5e-6, 15);
  expect(report.energyMissing).toBeNull();
});

test("the brain's bounds: 20 W / (1e14 · 0.16 Hz) = 1.25 pJ, 20 W / (1e15 · 1 Hz) = 20 fJ", () => {
  expect(BRAIN_SYNAPTIC_EVENT_JOULES.high).toBeCloseTo(20 / (1e14 * 0.16), 24);
  expect(BRAIN_SYNAPTIC_EVENT_JOULES.low).toBeCloseTo(20 / (1e15 * 1), 24);
  expect(BRAIN_SYNAPTIC_EVENT_JOULES).toEqual({ high: 1.25e-12, low: 20e-15 });
});

test("times the brain: our low over its high, our high over its low", () => {
  // 0.55 µJ, the example of the literature: 4.4e5 … 2.75e7
  const measured = { idle: [], active: reading(1, 0.55, 0) };
  const { brain } = energyReport(RAPL, measured, { ...SPIKING, synapticEvents: 1_000_000 });
  expect(brain.timesBrainLow).toBeCloseTo(4.4e5, 6);
  expect(brain.timesBrainHigh).toBeCloseTo(2.75e7, 5);
  const wider = energyReport(RAPL, MEASURED, SPIKING).brain; // 2.45 … 2.55 µJ
  expect(wider.timesBrainLow).toBeCloseTo(2.45e-6 / 1.25e-12, 3);
  expect(wider.timesBrainHigh).toBeCloseTo(2.55e-6 / 20e-15, 3);
});

test("the share of 20 W has both bounds and stands beside its scope", () => {
  const report = energyReport(RAPL, MEASURED, SPIKING);
  expect(report.brain.watts).toBe(20);
  expect(report.brain.shareOf20W).toEqual(close({ value: 0.5, low: 0.49, high: 0.51 }));
  expect(report).toMatchObject({
    meter: "rapl",
    instrument: "RAPL package-0",
    scope: "soc",
    quality: "derived",
    doesNotInclude: ["memory"],
    method: "difference of a counter",
    windowSeconds: 2,
    samples: 3,
    coverage: 1,
  });
});

test("a layered network has no events, and its report says so", () => {
  const report = energyReport(RAPL, MEASURED, LAYERED);
  expect(report.joulesPerInference).toEqual(close({ value: 0.04, low: 0.0392, high: 0.0408 }));
  expect([report.joulesPerSpike, report.joulesPerSynapticEvent]).toEqual([null, null]);
  expect([report.brain.timesBrainLow, report.brain.timesBrainHigh]).toEqual([null, null]);
  expect(report.brain.shareOf20W).not.toBeNull();
  expect(report.energyMissing?.reason).toContain("layered network");
});

test("gaps: power is that of the covered part, and the smallest coverage is reported", () => {
  const active = reading(10, 16, 0, 0.8); // 16 J in the covered 8 s
  const report = energyReport(RAPL, { ...MEASURED, active }, SPIKING);
  expect(report.activeWatts?.value).toBeCloseTo(2, 12);
  expect(report.joulesPerInference?.value).toBeCloseTo(2, 12); // 2 W · 10 s / 10
  expect(report.coverage).toBe(0.8);
  const idle = [reading(1, 4, 0, 0.5), reading(1, 4, 0)];
  expect(energyReport(RAPL, { ...MEASURED, idle }, SPIKING).coverage).toBe(0.5);
});

test("an estimate has no idle, so no difference to it", () => {
  const active = { ...reading(2, 4, 0, 0, 0), joules: { value: 4, low: 2, high: 8 } };
  const report = energyReport(ESTIMATE, { idle: [], active }, SPIKING);
  expect(report.activeWatts).toEqual(close({ value: 2, low: 1, high: 4 }));
  expect([report.idleWatts, report.deltaWatts]).toEqual([null, null]);
  expect(report.joulesPerInference).toEqual(close({ value: 0.4, low: 0.2, high: 0.8 }));
  expect(report.quality).toBe("estimated");
  expect(report.energyMissing?.reason).toBe("an estimate knows no idle power");
});

const NO_FIGURES = {
  activeWatts: null,
  deltaWatts: null,
  joulesPerInference: null,
  joulesPerStep: null,
  joulesPerSpike: null,
  joulesPerSynapticEvent: null,
};

test("no reading, no number: an empty window", () => {
  const report = energyReport(RAPL, { ...MEASURED, active: reading(0, 0, 0, 0) }, SPIKING);
  expect(report).toMatchObject(NO_FIGURES);
  expect(report.brain).toEqual({
    watts: 20,
    shareOf20W: null,
    timesBrainLow: null,
    timesBrainHigh: null,
  });
  expect(report.energyMissing).toEqual({
    reason: "the window was empty",
    remedy: "Measure for longer.",
  });
});

test("no reading, no number: a window too short for the meter", () => {
  const report = energyReport(RAPL, { ...MEASURED, active: reading(7e-4, 0, 0, 0) }, SPIKING);
  expect(report).toMatchObject(NO_FIGURES);
  expect(report.energyMissing?.remedy).toContain("longer");
});

test("no reading, no number: a window that is one gap, and one without samples", () => {
  for (const samples of [3, 0]) {
    const active = reading(5, 0, 0, 0, samples);
    const report = energyReport(RAPL, { ...MEASURED, active }, SPIKING);
    expect(report).toMatchObject(NO_FIGURES);
    expect(report.energyMissing?.reason).toContain("no usable reading");
  }
});

test("every null has its reason: no idle, no inference, no spikes, all at once", () => {
  const idle = [reading(1, 0, 0, 0)];
  const work = { inferences: 0, steps: 7, spikes: 0, synapticEvents: 0 };
  const report = energyReport(RAPL, { ...MEASURED, idle }, work);
  expect([report.idleWatts, report.deltaWatts, report.joulesPerInference]).toEqual([
    null,
    null,
    null,
  ]);
  expect(report.joulesPerStep?.value).toBeCloseTo(20 / 7, 12);
  expect(report.energyMissing?.reason).toBe(
    "no usable reading while idle; no whole inference or step inside the window; nothing fired inside the window",
  );
});

test("one idle window that gave no reading leaves the other", () => {
  const idle = [reading(1, 0, 0, 0), reading(1, 4, 0.2)];
  const report = energyReport(RAPL, { ...MEASURED, idle }, SPIKING);
  expect(report.idleWatts).toEqual(close({ value: 4, low: 3.8, high: 4.2 }));
});

/** A meter that writes down what is asked of it. */
function recorder(facts: MeterFacts, log: string[]): Meter {
  let windows = 0;
  return {
    ...facts,
    async start() {
      log.push("start");
    },
    async stop() {
      log.push("stop");
      windows++;
      return reading(windows, 1, 0);
    },
    async close() {},
  };
}

test("idle is measured in the same run, before and after", async () => {
  const log: string[] = [];
  const measured = await measure(
    recorder(RAPL, log),
    async () => void log.push("work"),
    async (seconds) => void log.push(`wait ${seconds}`),
  );
  const idle = ["start", "wait 1", "stop"];
  expect(log).toEqual([...idle, "start", "work", "stop", ...idle]);
  expect(measured.active.seconds).toBe(2);
  expect(measured.idle.map(({ seconds }) => seconds)).toEqual([1, 3]);
});

test("an idle window that Ctrl-C cut short does not count", async () => {
  let windows = 0;
  const meter = {
    ...recorder(RAPL, []),
    stop: async () => reading([1, 2, 2e-5][windows++] ?? 0, 1, 0),
  };
  const { idle } = await measure(
    meter,
    async () => {},
    async () => {},
  );
  expect(idle.map(({ seconds }) => seconds)).toEqual([1]);
});

test("an estimate measures no idle, and does not wait", async () => {
  const log: string[] = [];
  const { idle } = await measure(
    recorder(ESTIMATE, log),
    async () => void log.push("work"),
    async () => void log.push("wait"),
  );
  expect(log).toEqual(["start", "work", "stop"]);
  expect(idle).toEqual([]);
});
