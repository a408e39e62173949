import { expect, test } from "vitest";
import { energyLines } from "../../../host/cli/energy.ts";
import { type EnergyReading, energyReport, openEstimate } from "../../../host/power/index.ts";

const work = { inferences: 10, steps: 10, spikes: null, synapticEvents: null };
const meter = { ...openEstimate("x86-server"), quality: "derived" as const };

const textOf = (coverage: number): string => {
  const joules = { value: 8, low: 8, high: 8 };
  const active: EnergyReading = { seconds: 10, joules, samples: 9, coverage };
  return energyLines({ energy: energyReport(meter, { idle: [], active }, work) }).join("\n");
};

test("the text says how much of the time the readings cover, where that is not all of it", () => {
  expect(textOf(0.8)).toContain("9 readings, 80.0 % of the time covered");
  expect(textOf(1)).toMatch(/9 readings$/m);
});
