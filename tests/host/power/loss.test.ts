/** A meter that goes away during the work: nothing of what was done is lost, and the report says why figures are missing. */
import { afterEach, expect, test } from "vitest";
import { fail } from "../../../host/errors.ts";
import { meterOf } from "../../../host/power/ledger.ts";
import type { PowerMeter } from "../../../host/power/meter.ts";
import { openRapl } from "../../../host/power/rapl.ts";
import { energyReport, lossOf, measure, measureAll } from "../../../host/power/report.ts";
import { fakeTime, type Powercap, powercap } from "../../support/powercap.ts";

const trees: Powercap[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) tree.remove();
});

const WORK = { inferences: 5, steps: 5, spikes: null, synapticEvents: null };

/** RAPL at 3 W, and a second of time with and without its counter. */
function rig() {
  const tree = powercap({ "intel-rapl:0": { name: "package-0", uj: 0 } });
  trees.push(tree);
  const time = fakeTime();
  const power = openRapl("package", { root: tree.root, clock: time.clock, every: time.every });
  let uj = 0;
  const second = (present: boolean) => {
    uj += 3_000_000;
    time.pass(1, () => present && tree.set("intel-rapl:0", uj));
  };
  const gone = () => tree.set("intel-rapl:0", "no counter");
  // what waits for a reading that does not come is told at once that it is late
  return { power, second, gone, meter: meterOf(power, time.clock, async () => {}) };
}

test("while idle before the work: an error, and no work is done", async () => {
  const { meter, gone } = rig();
  let done = 0;
  const measuring = measure(
    meter,
    async () => {
      done += 1;
    },
    async () => gone(),
  );
  await expect(measuring).rejects.toMatchObject({ code: "METER_MISSING" });
  expect(done).toBe(0);
});

test("during the work: no figure of it, and why; idle before it stands", async () => {
  const { meter, second, gone } = rig();
  let present = true;
  const measured = await measure(
    meter,
    async () => {
      gone();
      present = false;
      second(false);
    },
    async () => second(present),
  );
  const report = energyReport(meter, measured, WORK);
  expect(report.windowSeconds).toBeCloseTo(1, 6);
  expect(report.idleWatts?.value).toBeCloseTo(3, 6);
  expect([report.activeWatts, report.joulesPerInference]).toEqual([null, null]);
  expect(report.energyMissing?.reason).toContain("energy_uj");
  expect(lossOf(measured)?.reason).toMatch(/^lost: .*energy_uj: "no counter"$/);
});

test("after the work: its figures stand, and the loss is known", async () => {
  const { meter, second, gone } = rig();
  let worked = false;
  const measured = await measure(
    meter,
    async () => {
      second(true);
      worked = true;
    },
    async () => {
      if (worked) gone();
      second(!worked);
    },
  );
  const report = energyReport(meter, measured, WORK);
  expect(report.activeWatts?.value).toBeCloseTo(3, 6);
  expect(report.idleWatts?.value).toBeCloseTo(3, 6);
  expect(lossOf(measured)).not.toBeNull();
});

/** 2 W, a reading each 10 ms of its own time, until it is unplugged. */
function unplugged(clock: { nowNs: () => bigint }): { power: PowerMeter; unplug: () => void } {
  let present = true;
  const power: PowerMeter = {
    facts: {
      ...{ uri: "usb", name: "a USB meter", scope: "usb", quality: "measured", reads: true },
      ...{ doesNotInclude: [], method: "", sampleRateHz: 100, gapSeconds: 0.03, notes: [] },
      accuracy: { gain: 0, offsetWatts: 0, timeSeconds: 0, integrates: false },
    },
    async *samples() {
      while (present) {
        yield { tNs: clock.nowNs(), watts: 2, lost: 0 };
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      fail("METER_LOST", "usb", "it is unplugged", "a meter");
    },
    async close() {},
  };
  const unplug = () => {
    present = false;
  };
  return { power, unplug };
}

test("in the second of three windows, beside a meter that stays", async () => {
  const { power, unplug } = unplugged({ nowNs: () => process.hrtime.bigint() });
  const clock = { nowNs: () => process.hrtime.bigint() };
  const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 100));
  const stays = unplugged(clock);
  let works = 0;
  const [lost, whole] = await measureAll(
    [meterOf(power, clock), meterOf(stays.power, clock)],
    async () => {
      works += 1;
      if (works === 2) unplug();
      await wait();
    },
    wait,
    3,
  );
  stays.unplug();
  expect(works).toBe(3);
  expect(lost?.windows).toHaveLength(3);
  expect(lost?.windows?.map(({ loss }) => loss !== undefined)).toEqual([false, true, true]);
  expect(lost?.windows?.[2]?.coverage).toBe(0);
  expect(lost && lossOf(lost)?.remedy).toContain("Check the cable");
  expect(whole && lossOf(whole)).toBeNull();
  expect(whole?.active.joules.value).toBeGreaterThan(0);
});
