/** What the stream of a RAPL meter says, reading by reading: power, gaps, and where nothing was counted. */
import { expect, test } from "vitest";
import { LiveMeter } from "../../../host/power/live.ts";
import type { PowerSample } from "../../../host/power/meter.ts";
import { RANGE_UJ, type ZoneFiles } from "../../support/powercap.ts";
import { PACKAGE, raplRigs } from "../../support/rapl-rig.ts";

const make = raplRigs();
function rig(zones: Readonly<Record<string, ZoneFiles>>) {
  const { tree, time, power: open, meter } = make(zones);
  const power = open();
  return { tree, time, power, meter: meter(power) };
}

test("reads once a second, and two seconds without a reading are a gap", () => {
  const { facts } = rig(PACKAGE).power;
  expect(facts).toMatchObject({ reads: true, sampleRateHz: 1, gapSeconds: 2, notes: [] });
  expect(facts.method).toContain("read every 1000 ms");
});

test("an interval in which the counter may just have turned is a gap, one that is shorter is none", async () => {
  const covered = async (range: number) => {
    const { tree, time, meter } = rig({ "intel-rapl:0": { name: "package-0", uj: 0, range } });
    await meter.start();
    // read every second: 1000 W fill 10^9 µJ in one
    time.pass(1, (passed) => tree.set("intel-rapl:0", passed * 1_000_000));
    return (await meter.stop()).coverage;
  };
  expect(await covered(1_000_000_001)).toBe(1);
  expect(await covered(1_000_000_000)).toBeLessThan(1);
});

test("each reading: the beginning, a counter that stands still, one that has stood for 0.1 s, and 3 W", async () => {
  const { tree, time, power } = rig(PACKAGE);
  const stream = power.samples()[Symbol.asyncIterator]();
  const next = async () => {
    const { value } = await stream.next();
    return value && [value.watts, value.seconds, value.lost];
  };
  expect(await next()).toEqual([0, 0, 0]);
  time.pass(0.099);
  power.readNow?.();
  expect(await next()).toEqual([0, 0, 0]);
  time.pass(0.001);
  power.readNow?.();
  expect(await next()).toEqual([0, 0, 1]);
  time.pass(0.5);
  tree.set("intel-rapl:0", 2_500_000);
  power.readNow?.();
  expect(await next()).toEqual([3, 0.5, 0]);
  const last = next();
  await power.close();
  expect(await last).toBeUndefined();
});

test("where nothing was counted is no reading of 0 W for exports and counts; what was lost there is", async () => {
  const { tree, time, power } = rig(PACKAGE);
  const live = new LiveMeter(power);
  const heard: PowerSample[] = [];
  const reading = live.read((sample) => heard.push(sample));
  time.pass(0.1);
  power.readNow?.(); // stands still for too long: a gap
  time.pass(0.5);
  tree.set("intel-rapl:0", 2_500_000);
  power.readNow?.();
  await new Promise(setImmediate);
  const glance = live.glance(); // reads once more, and the counter stands still
  await live.close();
  await reading;
  expect(heard.map(({ watts, seconds, lost }) => [watts, seconds, lost])).toEqual([[3, 0.5, 1]]);
  expect(glance).toMatchObject({ watts: 3, samples: 1, lost: 1 });
});

test("one counter of two that may have turned, or that stands still, leaves the interval without a mean", async () => {
  const covered = async (ranges: readonly [number, number], gainsUj: readonly [number, number]) => {
    const { tree, time, meter } = rig({
      "intel-rapl:0": { name: "package-0", uj: 0, range: ranges[0] },
      "intel-rapl:1": { name: "package-1", uj: 0, range: ranges[1] },
    });
    await meter.start();
    time.pass(1, () => {
      tree.set("intel-rapl:0", gainsUj[0]);
      tree.set("intel-rapl:1", gainsUj[1]);
    });
    return (await meter.stop()).coverage;
  };
  const [short, long] = [1_000_000_000, RANGE_UJ]; // the short one may turn within a second at 1 kW
  expect(await covered([long, long], [5, 5])).toBe(1);
  expect(await covered([short, long], [5, 5])).toBe(0);
  expect(await covered([long, short], [5, 5])).toBe(0);
  expect(await covered([long, long], [5, 0])).toBe(0);
  expect(await covered([long, long], [0, 5])).toBe(0);
});
