import { expect, test } from "vitest";
import { energyLines, energyOf } from "../../../host/cli/energy.ts";
import type { Io } from "../../../host/cli/io.ts";
import {
  type EnergyReading,
  energyReport,
  NO_METER,
  openEstimate,
  thisComputer,
} from "../../../host/power/index.ts";

const work = { inferences: 10, steps: 10, spikes: null, synapticEvents: null };
const EPYC = { arch: "x64", model: "AMD EPYC 7763", cpuinfo: "", board: "" };
const meter = { ...openEstimate("x86-server", thisComputer(EPYC)), quality: "derived" as const };

const textOf = (coverage: number): string => {
  const joules = { value: 8, low: 8, high: 8 };
  const active: EnergyReading = { seconds: 10, joules, samples: 9, coverage };
  return energyLines({ energy: energyReport(meter, { idle: [], active }, work) }).join("\n");
};

test("the text says how much of the time the readings cover, where that is not all of it", () => {
  expect(textOf(0.8)).toContain("9 readings, 80.0 % of the time covered");
  expect(textOf(1)).toMatch(/9 readings$/m);
});

test("no figure of the text has an exponent, however far it is from the brain's", () => {
  for (const joules of [1e-12, 1, 1e6]) {
    const active = { seconds: 1, joules: { value: joules, low: joules, high: joules } };
    const reading = { ...active, samples: 0, coverage: 1 };
    const events = { ...work, spikes: 3, synapticEvents: 7 };
    const report = energyReport(meter, { idle: [], active: reading }, events);
    const text = energyLines({ energy: report }).join("\n");
    expect(text).toContain("times a synaptic event of the brain");
    expect(text).not.toMatch(/\de[+-]?\d/);
  }
});

/** 5 W known within ±90 W: what a few readings of a noisy meter say of 12 ms. */
const unsure = (seconds: number, samples: number): string => {
  const joules = { value: 5 * seconds, low: -85 * seconds, high: 95 * seconds };
  const active: EnergyReading = { seconds, joules, samples, coverage: 1 };
  const reads = { ...meter, reads: true };
  const events = { ...work, spikes: 3, synapticEvents: 7 };
  const report = energyReport(reads, { idle: [], active }, events);
  // the document keeps what the text leaves out
  expect(report.brain.shareOf20W?.low).toBeCloseTo(-85 / 20, 9);
  return energyLines({ energy: report }).join("\n");
};

test("a window too short to tell power from none says so, and no share below nothing", () => {
  for (const text of [unsure(0.012, 100), unsure(3, 7)]) {
    expect(text).toContain("not resolved, as the window is too short");
    expect(text).not.toMatch(/[-−]\d/);
    expect(text).not.toContain("20 W:");
    expect(text).not.toContain("times a synaptic event");
  }
  // a long window of many readings that still holds 0 is a bound worth having: a device asleep
  expect(unsure(3, 300)).toContain("active 5.00 W (−85.0 W … 95.0 W)".replace("−", "-"));
});

test("without a meter, what would give a figure is asked for the document alone", async () => {
  const io = { stderr: { write: () => true } } as unknown as Io;
  const machine = thisComputer(EPYC);
  const of = (json: boolean) =>
    energyOf({ meter: null, machine }, null, work, { io, json, warn: () => {} }, {});
  const [text, document] = [await of(false), await of(true)];
  expect(text).toEqual({ energy: null, energyMissing: NO_METER });
  const remedy = "energyMissing" in document && document.energyMissing?.remedy;
  expect(remedy).toContain(NO_METER.remedy);
  expect(remedy).not.toBe(NO_METER.remedy);
});
