import { chmodSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { noMeter, openMeter } from "../../../host/power/open.ts";
import { asOrdinaryUser, type Powercap, powercap, type ZoneFiles } from "../../support/powercap.ts";

const trees: Powercap[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) tree.remove();
});

function tree(zones: Readonly<Record<string, ZoneFiles>>): Powercap {
  const made = powercap(zones);
  trees.push(made);
  return made;
}

const ZONES = {
  "intel-rapl:0": { name: "package-0", uj: 5 },
  "intel-rapl:1": { name: "psys", uj: 5 },
};

test("meters by URI", () => {
  const { root } = tree(ZONES);
  const processor = { arch: "arm64", model: "Cortex-A72", cpuinfo: "" };
  const open = (uri: string) => openMeter(uri, { root, processor });
  expect(open("rapl")).toMatchObject({ uri: "rapl", scope: "soc", quality: "derived" });
  expect(open("rapl:psys")).toMatchObject({ uri: "rapl:psys", scope: "board" });
  expect(open("estimate").name).toBe("estimate for one Cortex-A72 core");
  expect(open("estimate:x86-laptop").name).toBe("estimate for one x86 laptop core");
});

test.each([
  "",
  "rap",
  "RAPL",
  "rapl:",
  "rapl:dram",
  "estimate:",
  "toString",
  "20",
  "rapl,estimate",
])("an unknown URI is refused: %s", (uri) => {
  expect(() => openMeter(uri, { root: tree(ZONES).root })).toThrow(/METER_MISSING/);
});

test("a meter that cannot be read is never replaced by an estimate", () => {
  expect(() => openMeter("rapl", { root: tree({}).root })).toThrow(/METER_MISSING.*no RAPL zone/);
});

test("without a meter: what is missing, and the meter this computer has", () => {
  expect(noMeter({ root: tree(ZONES).root })).toEqual({
    reason: "no meter was named, and none is ever chosen silently",
    remedy: "Add --meter rapl: RAPL package-0 is readable here.",
  });
});

test("without a meter, where there is none: other meters, and the estimate by its name", () => {
  const { remedy } = noMeter({ root: tree({}).root });
  expect(remedy).toContain("no RAPL zone");
  expect(remedy).toContain("attach an external meter");
  expect(remedy).toContain("--meter estimate");
});

test("without a meter, where it may not be read: the rule that permits it, and the estimate", () => {
  const { root, file } = tree(ZONES);
  chmodSync(file("intel-rapl:0", "energy_uj"), 0o000);
  const { remedy } = asOrdinaryUser(() => noMeter({ root }));
  expect(remedy).toContain("tmpfiles.d");
  expect(remedy).toContain("--meter estimate");
});

test("without a meter, where the counter is damaged: which file, and what is in it", () => {
  const { root } = tree({ "intel-rapl:0": { name: "package-0", uj: "?" } });
  expect(noMeter({ root }).remedy).toMatch(/intel-rapl:0\/energy_uj: "\?"/);
});
