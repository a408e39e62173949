/** The user's file of meters: what it may say, what is wrong in it, and that whatever of it is used is said. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import type { PowerMeter, PowerSample } from "../../../host/power/meter.ts";
import { meterKinds, openPower } from "../../../host/power/open.ts";
import { parseSettings, readSettings, settingsFile } from "../../../host/power/settings.ts";
import { Computer } from "../../support/sysfs.ts";

const folder = mkdtempSync(join(tmpdir(), "twentywatt-settings-"));
afterAll(() => rmSync(folder, { recursive: true }));
const FILE = "meters.json";

/** Where each problem is, and what was expected. */
function wrong(text: string): string[] {
  try {
    parseSettings(text, FILE, meterKinds());
    return [];
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    for (const { code } of error.problems) expect(code).toBe("SETTINGS");
    return error.problems.map(({ where, got }) => `${where}: ${got}`);
  }
}
const meters = (text: string): string => `{"meters":${text}}`;

test("where it is", () => {
  expect(settingsFile({ XDG_CONFIG_HOME: "/etc/mine" })).toBe("/etc/mine/twentywatt/meters.json");
  expect(settingsFile({})).toMatch(/\/\.config\/twentywatt\/meters\.json$/);
  expect(readSettings(join(folder, "none.json"), meterKinds())).toBeNull();
});

test.each([
  ['{"ina219":{"shuntOhm":0}}', "meters.json: ina219: shuntOhm: 0"],
  ['{"ina219":{"shuntOhm":-0.1}}', "meters.json: ina219: shuntOhm: -0.1"],
  ['{"ina219":{"shuntOhm":"0.1"}}', 'meters.json: ina219: shuntOhm: "0.1"'],
  ['{"ina219":{"shuntOhm":1e999}}', "meters.json: ina219: shuntOhm: null"],
  ['{"ina219":{"shunt":0.1}}', "meters.json: ina219: shunt: 0.1"],
  ['{"pmic":{"shuntOhm":0.1}}', "meters.json: pmic: shuntOhm: 0.1"],
  ['{"pmic":{"offsetWatts":null}}', "meters.json: pmic: offsetWatts: null"],
  ['{"ina219?shunt=1":{}}', "meters.json: ina219?shunt=1: keys behind ?"],
  ['{"ina291":{}}', "meters.json: ina291: no meter"],
  ['{"constructor":{}}', "meters.json: constructor: no meter"],
  ['{"ina219":[]}', "meters.json: ina219: []"],
  ["[]", "meters.json: no such object"],
])("%s is refused: %s", (text, expected) => {
  expect(wrong(meters(text))).toEqual([expected]);
});

test("everything that is wrong is said at once, and what is no JSON is said to be none", () => {
  expect(wrong('{"meters":{"ina219":{"shuntOhm":0,"ofset":1},"x":{}},"more":1}')).toHaveLength(4);
  for (const text of ["", "{", "nul", "\u0000", '{"meters"}']) {
    expect(wrong(text)).toEqual(["meters.json: no JSON"]);
  }
});

const watts = async (power: PowerMeter): Promise<PowerSample> => {
  for await (const sample of power.samples()) {
    await power.close();
    return sample;
  }
  throw new Error("no sample");
};

test("an offset is taken off every reading, and said", async () => {
  const settings = { file: FILE, meters: { "sim:steady": { offsetWatts: 0.5 } } };
  const power = await openPower("sim:steady?watts=2&noise=0", { settings });
  expect(power.facts.notes.join(" ")).toContain(
    "500 mW are taken off every reading, as meters.json says",
  );
  expect(power.facts.method).toContain("less an offset of 500 mW");
  expect((await watts(power)).watts).toBeCloseTo(1.5, 12);
  // another meter has none
  const other = await openPower("sim:pulses", { settings });
  expect(other.facts.notes).toHaveLength(1);
  await other.close();
});

/** A driver that nobody told the shunt: 10 mΩ. 5 V, 1.024 A by that. */
const INA = {
  "sys/class/hwmon/hwmon3/name": "ina219",
  "sys/class/hwmon/hwmon3/in1_input": 5000,
  "sys/class/hwmon/hwmon3/curr1_input": 1024,
  "sys/class/hwmon/hwmon3/shunt_resistor": 10_000,
};

test("a shunt of 100 mΩ in the file corrects the driver; that of the call holds before it", async () => {
  const computer = new Computer(INA);
  const settings = { file: FILE, meters: { ina219: { shuntOhm: 0.1 } } };
  const open = (uri: string) => openPower(uri, { root: computer.root, settings });
  const power = await open("ina219");
  expect((await watts(power)).watts).toBeCloseTo(0.512, 9);
  expect(power.facts.notes.join(" ")).toContain("The shunt of 100 mΩ is that of meters.json");
  const called = await open("ina219?shunt=0.05");
  expect((await watts(called)).watts).toBeCloseTo(1.024, 9);
  expect(called.facts.notes.join(" ")).toContain(
    "that of this call, and not the 100 mΩ of meters.json",
  );
  computer.remove();
});

test("a file of the user is read", () => {
  const file = join(folder, "meters.json");
  writeFileSync(file, meters('{"ina219:1:0x40":{"shuntOhm":0.1,"offsetWatts":-0.004}}'));
  expect(readSettings(file, meterKinds())).toEqual({
    file,
    meters: { "ina219:1:0x40": { shuntOhm: 0.1, offsetWatts: -0.004 } },
  });
});
