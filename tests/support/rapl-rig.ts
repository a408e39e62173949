/** A RAPL meter on a powercap tree of a test's own, in time that only the test moves. */
import { afterEach } from "vitest";
import { meterOf } from "../../host/power/ledger.ts";
import type { Meter, PowerMeter } from "../../host/power/meter.ts";
import { openRapl, type RaplZone } from "../../host/power/rapl.ts";
import { type FakeTime, fakeTime, type Powercap, powercap, type ZoneFiles } from "./powercap.ts";

export type RaplRig = {
  readonly tree: Powercap;
  readonly time: FakeTime;
  readonly power: () => PowerMeter;
  /** As the ledger has it: a counter is read when it is asked, and nothing waits. */
  readonly meter: (power: PowerMeter) => Meter;
  readonly open: () => Meter;
};

export const PACKAGE = { "intel-rapl:0": { name: "package-0", uj: 1_000_000 } };

/** @returns what makes them; each tree goes behind the test that made it */
export function raplRigs() {
  const trees: Powercap[] = [];
  afterEach(() => {
    for (const tree of trees.splice(0)) tree.remove();
  });
  return (zones: Readonly<Record<string, ZoneFiles>>, which: RaplZone = "package"): RaplRig => {
    const tree = powercap(zones);
    trees.push(tree);
    const time = fakeTime();
    const power = () => openRapl(which, { root: tree.root, clock: time.clock, every: time.every });
    const meter = (one: PowerMeter) => meterOf(one, time.clock, () => new Promise(() => {}));
    return { tree, time, power, meter, open: () => meter(power()) };
  };
}
