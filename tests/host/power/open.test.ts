import { chmodSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { boardMachine, thisComputer } from "../../../host/power/machine.ts";
import { meterForms, noMeter, openMeter } from "../../../host/power/open.ts";
import {
  type Powercap,
  powercap,
  whileOrdinaryUser,
  type ZoneFiles,
} from "../../support/powercap.ts";
import { Computer } from "../../support/sysfs.ts";

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

test("meters by URI", async () => {
  const { computer: root } = tree(ZONES);
  const machine = thisComputer({ arch: "arm64", model: "Cortex-A72", cpuinfo: "", board: "" });
  const open = (uri: string) => openMeter(uri, { root, machine });
  expect(await open("rapl")).toMatchObject({ uri: "rapl", scope: "soc", quality: "derived" });
  expect(await open("rapl:psys")).toMatchObject({ uri: "rapl:psys", scope: "board" });
  expect((await open("estimate")).name).toBe("estimate for one Cortex-A72 core");
  expect((await open("estimate:pi4")).name).toBe("estimate for one Raspberry Pi 4 core");
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
])("an unknown URI is refused: %s", async (uri) => {
  const { computer: root } = tree(ZONES);
  await expect(openMeter(uri, { root })).rejects.toThrow(/METER_MISSING/);
});

test("a meter that cannot be read is never replaced by an estimate", async () => {
  const { computer: root } = tree({});
  await expect(openMeter("rapl", { root })).rejects.toThrow(/METER_MISSING.*no RAPL zone/);
});

test("without a meter: what is missing, and the meter this computer has", async () => {
  expect(await noMeter({ root: tree(ZONES).computer })).toEqual({
    reason: "no meter was named, and none is ever chosen silently",
    remedy:
      "Add --meter rapl: RAPL package-0 is readable here. `twentywatt help meters` lists the instruments.",
  });
});

test("every meter that is listed opens, and no other", async () => {
  const { computer: root } = tree(ZONES);
  expect(meterForms().map(({ form }) => form)).toEqual([
    "rapl[:psys]",
    "ina219|ina226|ina228|ina260|ina3221[:NAME|BUS:ADDRESS][?shunt=OHM]",
    "pmic[:fit]",
    "supply[:NAME]",
    "text:PORT[@BAUD]",
    "ppk2:PORT[?mode=source|ampere&mv=MILLIVOLTS]",
    "um24c|um25c|um34c:PORT",
    "tc66c:PORT",
    "fnb48|fnb58[:/dev/hidrawN]",
    "powerz[:NAME]",
    "lpm01a:PORT[?mv=MILLIVOLTS&rate=HERTZ&format=binary|ascii]",
    "shelly:HOST[?channel=N]",
    "tasmota:HOST[?channel=N]",
    "sim:steady|pulses[?watts=W&…]",
    "estimate[:CLASS]",
  ]);
  const machine = thisComputer(EPYC);
  for (const uri of ["rapl", "rapl:psys", "sim:steady", "estimate", "estimate:x86-server"]) {
    expect((await openMeter(uri, { root, machine })).uri).toBe(uri);
  }
});

const EPYC = { arch: "x64", model: "AMD EPYC 7763", cpuinfo: "", board: "" };
const PICO = boardMachine("the board pico2", () => () => 0n);

test("what this computer draws is not what a board draws", async () => {
  const options = { root: tree(ZONES).computer, machine: PICO };
  for (const uri of ["rapl", "rapl:psys"]) {
    await expect(openMeter(uri, options)).rejects.toThrow(
      /METER_MISSING.*runs on the board pico2.*estimate/,
    );
  }
  const { remedy } = await noMeter(options);
  expect(remedy).not.toContain("Add --meter rapl");
  expect(remedy).toContain("--meter estimate");
  const why = { why: "an emulator", remedy: "Run on a real board." };
  const emulated = boardMachine("the board qemu-m4", () => () => 0n, why);
  expect((await noMeter({ machine: emulated })).remedy).toContain("Run on a real board.");
});

test("without a meter, where there is none: other meters, and the estimate by its name", async () => {
  const { remedy } = await noMeter({ root: tree({}).computer });
  expect(remedy).toContain("no RAPL zone");
  expect(remedy).toContain("--meter estimate");
  expect(remedy).not.toContain("Add --meter");
});

test("without a meter, where it may not be read: the rule that permits it, and the estimate", async () => {
  const { computer: root, file } = tree(ZONES);
  chmodSync(file("intel-rapl:0", "energy_uj"), 0o000);
  await noMeter({ root }); // its file is loaded while it may be
  const { remedy } = await whileOrdinaryUser(() => noMeter({ root }));
  expect(remedy).toContain("tmpfiles.d");
  expect(remedy).toContain("--meter estimate");
});

test("without a meter, where the counter is damaged: which file, and what is in it", async () => {
  const { computer: root } = tree({ "intel-rapl:0": { name: "package-0", uj: "?" } });
  expect((await noMeter({ root })).remedy).toMatch(/intel-rapl:0\/energy_uj: "\?"/);
});

test("without a meter named, where RAPL is not: the one that is here", async () => {
  const computer = new Computer({
    "sys/class/hwmon/hwmon0/name": "ina219",
    "sys/class/hwmon/hwmon0/in1_input": 5000,
    "sys/class/hwmon/hwmon0/curr1_input": 100,
    "sys/class/hwmon/hwmon0/shunt_resistor": 100_000,
  });
  const { remedy } = await noMeter({ root: computer.root });
  expect(remedy).toMatch(/^Add --meter ina219:hwmon0: INA219 \(hwmon0\) is readable here\./);
  computer.remove();
});
