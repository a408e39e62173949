/** marker=…: what may be asked for, of which meter, and what its windows become in a report. */
import { describe, expect, test } from "vitest";
import { meterOf } from "../../../host/power/ledger.ts";
import { takeMarker } from "../../../host/power/marker.ts";
import type {
  EnergyReading,
  MeterFacts,
  PowerMeter,
  StepEnergy,
} from "../../../host/power/meter.ts";
import { openMeter, openPower } from "../../../host/power/open.ts";
import { PulseCutter } from "../../../host/power/pulses.ts";
import { energyReport } from "../../../host/power/report.ts";
import { StepWindows } from "../../../host/power/step-windows.ts";
import { Thinned } from "../../../host/power/thinned.ts";
import { Trace } from "../../../host/power/trace.ts";

describe("the key", () => {
  test.each([
    ["ppk2:/dev/ttyACM0?marker=D0", "ppk2:/dev/ttyACM0", { step: 0, work: null }],
    ["ppk2:a?mode=source&mv=3300&marker=D7", "ppk2:a?mode=source&mv=3300", { step: 7, work: null }],
    ["ppk2:a?marker=D2+D5&mv=3300", "ppk2:a?mv=3300", { step: 2, work: 5 }],
  ])("%s", (text, plain, pins) => {
    expect(takeMarker(text)).toEqual({ plain, marker: { kind: "pins", pins } });
  });

  test.each([
    ["rapl?marker=clock", { kind: "clock" }],
    ["ina219:1:0x40?shunt=0.1&marker=serial", { kind: "serial" }],
    ["pmic?marker=gpio:pin11", { kind: "gpio", uri: "gpio:pin11", around: null }],
    ["ppk2:a?marker=gpio:17?active=low", { kind: "gpio", uri: "gpio:17?active=low", around: null }],
    ["rapl?marker=gpio:17+27", { kind: "gpio", uri: "gpio:17", around: "gpio:27" }],
    ["rapl?marker=gpio:17+gpio:pin13", { kind: "gpio", uri: "gpio:17", around: "gpio:pin13" }],
    ["rapl", null],
    ["ppk2:a?mode=source", null],
  ])("%s", (text, marker) => {
    expect(takeMarker(text).marker).toEqual(marker);
  });

  test.each([
    "gpio:",
    "gpio:17+",
    "gpio:17+17",
    "gpio:17+gpio:17",
    "gpio:1+2+3",
    "D8",
    "D",
    "D0+",
    "D0+D0",
    "D0+D1+D2",
    "d0",
    "",
    "pin",
    "clock2",
    "D0,D1",
  ])("marker=%s is refused with what there is", (written) => {
    expect(() => takeMarker(`sim:pulses?marker=${written}`)).toThrow(/USAGE.*marker=D0 to D7/);
  });

  test("twice, on an estimate, on a meter without pins, where no steps are done", async () => {
    expect(() => takeMarker("sim:pulses?marker=D0&marker=D1")).toThrow(/USAGE.*twice/);
    await expect(openMeter("estimate?marker=clock")).rejects.toThrow(/USAGE.*reads something/);
    await expect(openMeter("sim:pulses?marker=D1")).rejects.toThrow(/USAGE.*D1.*D0 to D0/);
    await expect(openMeter("sim:pulses?marker=clock")).rejects.toThrow(/USAGE.*done in steps/);
    await expect(openPower("sim:pulses?marker=D0")).rejects.toThrow(/USAGE.*Leave the marker out/);
  });

  test("the meter keeps its whole name", async () => {
    const meter = await openMeter("sim:pulses?low=0.1&marker=D0");
    expect(meter.uri).toBe("sim:pulses?low=0.1&marker=D0");
    await meter.close();
  });
});

describe("in a report", () => {
  const FACTS: MeterFacts = {
    ...{ uri: "ppk2:a?marker=D0", name: "a", scope: "target", quality: "derived", reads: true },
    ...{ doesNotInclude: [], method: "m" },
  };
  const figure = (value: number) => ({ value, low: 0.9 * value, high: 1.1 * value });
  const STEPS: StepEnergy = {
    ...{ by: "D0", method: "D0, sampled together with the power", count: 1000, joules: 0.02 },
    ...{ joulesEach: figure(20e-6), secondsEach: 200e-6, input: null, output: null },
    spread: { standardDeviation: 1e-6, p10: 19e-6, p50: 20e-6, p90: 21e-6 },
    ...{ skewPpm: null, missing: null },
  };
  /** 10 s of 2 mW while 1,000 steps took 20 µJ each. */
  const reading = (steps: Partial<StepEnergy>, coverage = 1): EnergyReading => ({
    ...{ seconds: 10, joules: figure(0.04), samples: 1000, coverage },
    steps: { ...STEPS, ...steps },
  });
  const IDLE: EnergyReading = { seconds: 1, joules: figure(0.001), samples: 100, coverage: 1 };
  const report = (active: EnergyReading, steps = 1000, inferences = 1000) =>
    energyReport(
      FACTS,
      { idle: [IDLE], active },
      {
        ...{ inferences, steps, spikes: 500, synapticEvents: 10_000 },
      },
    );

  test("joules per step, inference, spike and event are of the windows, power of everything", () => {
    const all = report(reading({}), 1000, 1);
    expect(all.joulesPerStep?.value).toBeCloseTo(20e-6, 12);
    expect(all.joulesPerInference?.value).toBeCloseTo(20e-3, 9);
    expect(all.joulesPerSpike?.value).toBeCloseTo(40e-6, 12);
    expect(all.joulesPerSynapticEvent?.value).toBeCloseTo(2e-6, 12);
    expect(all.brain.timesBrainLow).toBeCloseTo(1.8e-6 / 1.25e-12, 0);
    expect(all.brain.timesBrainHigh).toBeCloseTo(2.2e-6 / 20e-15, 0);
    expect(all.activeWatts?.value).toBeCloseTo(0.004, 9);
    const { joules: _, missing: __, ...windows } = STEPS;
    expect(all.windows).toEqual(windows);
    expect(all.energyMissing).toBeNull();
  });

  test("a few steps at the ends that were not seen are as the others", () => {
    expect(report(reading({ count: 985 })).joulesPerStep?.value).toBeCloseTo(20e-6, 12);
  });

  test("several steps in one pulse: the energy of all over the steps, where nothing was lost", () => {
    const merged = { count: 100, joulesEach: figure(200e-6) };
    const { joulesPerStep } = report(reading(merged));
    expect(joulesPerStep?.value).toBeCloseTo(20e-6, 12);
    expect(joulesPerStep?.low).toBeCloseTo(18e-6, 12);
    const lost = report(reading(merged, 0.9));
    expect(lost.joulesPerStep).toBeNull();
    expect(lost.joulesPerInference).toBeNull();
    expect(lost.energyMissing?.reason).toMatch(
      /100 times in 1000 steps, and readings cover 90.* %/,
    );
  });

  test("in gaps as many are missing as they take of the window", () => {
    expect(report(reading({ count: 900 }, 0.9)).joulesPerStep?.value).toBeCloseTo(20e-6, 12);
  });

  test("another pin, or one that bounces; and none at all", () => {
    const bounces = report(reading({ count: 2000 }));
    expect(bounces.joulesPerStep).toBeNull();
    expect(bounces.energyMissing?.reason).toContain("D0 was high 2000 times in 1000 steps");
    const missing = { reason: "no whole pulse on D0", remedy: "Wire it." };
    const none = report(reading({ count: 0, joules: 0, joulesEach: null, missing }));
    // never the mean over everything in its place
    expect(none).toMatchObject({ joulesPerInference: null, joulesPerSynapticEvent: null });
    expect(none.energyMissing).toEqual(missing);
    expect(none.activeWatts).not.toBeNull();
  });
});

/** Readings every millisecond that come when the clock is asked, by a device whose times are late. */
function scripted(lateMs: number): {
  meter: PowerMeter;
  at: (ms: number) => void;
  now: () => bigint;
} {
  let now = 0;
  let wake = () => {};
  const closed = { yes: false };
  const meter: PowerMeter = {
    facts: {
      ...{ uri: "x", name: "x", scope: "target", quality: "derived", reads: true, notes: [] },
      ...{
        doesNotInclude: [],
        method: "x",
        sampleRateHz: 1000,
        gapSeconds: 0.0025,
        logicInputs: 1,
      },
      accuracy: { gain: 0, offsetWatts: 0, timeSeconds: 0, integrates: false },
    },
    async *samples() {
      for (let k = 1; !closed.yes; k++) {
        while (k > now) await new Promise<void>((resolve) => (wake = resolve));
        // 2 ms in ten the pin is high
        const marks = k % 10 < 2 ? 1 : 0;
        yield {
          tNs: BigInt(k + lateMs) * 1_000_000n,
          watts: 1 + marks,
          seconds: 0.001,
          marks,
          lost: 0,
        };
      }
    },
    close: async () => {
      closed.yes = true;
    },
  };
  const at = (ms: number) => {
    now = ms;
    wake();
  };
  return { meter, at, now: () => BigInt(now) * 1_000_000n };
}

test("an instrument whose times are 20 ms late loses no step at the end of the window", async () => {
  const { meter, at, now } = scripted(20);
  const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
  const power = meterOf(
    meter,
    { nowNs: now },
    settle as never,
    new PulseCutter({ step: 0, work: null }),
  );
  const starting = power.start();
  at(5);
  await starting;
  at(100);
  await settle();
  const stopping = power.stop();
  at(200);
  const { steps } = await stopping;
  // high at 10 … 11, 20 … 21, … of the device: 20 ms later by its times, ten of them up to 100 and 15 with what is around it
  expect(steps?.count).toBeGreaterThanOrEqual(10);
  expect(steps?.joulesEach?.value).toBeCloseTo(0.004, 9);
  await power.close();
});

test("a list that is full keeps every second, and says for how many each one stands", () => {
  const list = new Thinned<number>(4);
  const kept = (count: number) => {
    list.clear();
    for (let k = 0; k < count; k++) list.add(k);
    return [list.stride, ...list.items];
  };
  expect(kept(4)).toEqual([1, 0, 1, 2, 3]);
  expect(kept(5)).toEqual([2, 0, 2, 4]);
  expect(kept(9)).toEqual([4, 0, 4, 8]);
  for (let count = 1; count < 200; count++) {
    const [stride = 0, ...items] = kept(count);
    expect(items).toEqual(items.map((_, k) => k * stride));
    expect(items.length).toBe(Math.ceil(count / stride));
  }
});

test("steps beyond those that are kept count all the same", () => {
  const windows = new StepWindows("clock", "c", 0);
  const trace = new Trace(1);
  for (let k = 0; k <= 10; k++) {
    trace.add({ tNs: BigInt(k) * 1_000_000_000n, watts: 2, lost: 0 });
  }
  const STEPS = 2_500_000;
  for (let k = 0; k < STEPS; k++) {
    const fromNs = BigInt(k) * 4_000n;
    windows.add({ fromNs, toNs: fromNs + 2_000n, ns: 2_000 });
  }
  const facts = { ...scripted(0).meter.facts, sampleRateHz: 1e6 };
  const { count, joules, joulesEach } = windows.cut(trace, 0, 10e9, facts, null);
  expect(Math.abs(count / STEPS - 1)).toBeLessThan(1e-5);
  expect(joulesEach?.value).toBeCloseTo(4e-6, 12);
  expect(joules / count).toBeCloseTo(4e-6, 12);
}, 60_000);
