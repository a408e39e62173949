import { chmodSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { boardMachine, thisComputer } from "../../../host/power/machine.ts";
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
  const machine = thisComputer({ arch: "arm64", model: "Cortex-A72", cpuinfo: "", board: "" });
  const open = (uri: string) => openMeter(uri, { root, machine });
  expect(open("rapl")).toMatchObject({ uri: "rapl", scope: "soc", quality: "derived" });
  expect(open("rapl:psys")).toMatchObject({ uri: "rapl:psys", scope: "board" });
  expect(open("estimate").name).toBe("estimate for one Cortex-A72 core");
  expect(open("estimate:pi4").name).toBe("estimate for one Raspberry Pi 4 core");
});

test.each([
  "",
  "rap",
  "RAPL",
  "rapl:",
  "rapl:dram",
  "estimate:",
  "estimate:pi3",
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
    remedy: `Add --meter rapl: RAPL package-0 is readable here. ${ALL_METERS}`,
  });
});

const ALL_METERS =
  "Meters of this version: rapl[:psys] (the processor's own counters on x86), estimate[:CLASS] (time × the watts of " +
  "one core).";

test("every meter that is listed opens, and no other", () => {
  const { root } = tree(ZONES);
  const forms = [...ALL_METERS.matchAll(/[a-z]+(?:\[:\w+\])? \(/g)].map(([form]) => form);
  expect(forms).toEqual(["rapl[:psys] (", "estimate[:CLASS] ("]);
  const machine = thisComputer(EPYC);
  for (const uri of ["rapl", "rapl:psys", "estimate", "estimate:x86-server"]) {
    expect(openMeter(uri, { root, machine }).uri).toBe(uri);
  }
});

const EPYC = { arch: "x64", model: "AMD EPYC 7763", cpuinfo: "", board: "" };
const PICO = boardMachine("the board pico2", () => () => 0n);

test("what this computer draws is not what a board draws", () => {
  const options = { root: tree(ZONES).root, machine: PICO };
  for (const uri of ["rapl", "rapl:psys"]) {
    expect(() => openMeter(uri, options)).toThrow(
      /METER_MISSING.*runs on the board pico2.*estimate/,
    );
  }
  const { remedy } = noMeter(options);
  expect(remedy).not.toContain("Add --meter rapl");
  expect(remedy).toContain("--meter estimate");
  const why = { why: "an emulator", remedy: "Run on a real board." };
  const emulated = boardMachine("the board qemu-m4", () => () => 0n, why);
  expect(noMeter({ machine: emulated }).remedy).toContain("Run on a real board.");
});

test("without a meter, where there is none: other meters, and the estimate by its name", () => {
  const { remedy } = noMeter({ root: tree({}).root });
  expect(remedy).toContain("no RAPL zone");
  expect(remedy).toContain("--meter estimate");
  expect(remedy).not.toMatch(/external|attach|USB|INA\d|PPK/i); // this version opens none
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
