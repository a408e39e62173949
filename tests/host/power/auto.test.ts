/** `--meter auto` on computers that tests make: what it takes, and why. */
import { afterEach, expect, test } from "vitest";
import { chooseMeter } from "../../../host/power/auto.ts";
import { boardMachine } from "../../../host/power/machine.ts";
import { powercap } from "../../support/powercap.ts";
import { Computer, type Content } from "../../support/sysfs.ts";

const made: { remove(): void }[] = [];
afterEach(() => {
  for (const one of made.splice(0)) one.remove();
});

function computer(files: Readonly<Record<string, Content>>): string {
  const one = new Computer(files);
  made.push(one);
  return one.root;
}

const POWERZ = (n: number) => ({
  [`sys/class/hwmon/hwmon${n}/name`]: "powerz",
  [`sys/class/hwmon/hwmon${n}/in0_input`]: 5000,
  [`sys/class/hwmon/hwmon${n}/curr1_input`]: 1000,
});
const INA219 = {
  "sys/class/hwmon/hwmon7/name": "ina219",
  "sys/class/hwmon/hwmon7/in1_input": 5000,
  "sys/class/hwmon/hwmon7/curr1_input": 1000,
  "sys/class/hwmon/hwmon7/shunt_resistor": 100_000,
};

test("the one that leaves the least out, and what else there is", async () => {
  // a USB line is all that hangs on it, a shunt's board has supply losses besides
  expect(await chooseMeter({ root: computer({ ...INA219, ...POWERZ(3) }) })).toEqual({
    uri: "powerz:hwmon3",
    why: "took powerz:hwmon3: ChargerLAB POWER-Z (hwmon3), scope usb, leaves the least out; there are also ina219:hwmon7",
  });
  const { uri, why } = await chooseMeter({ root: computer(INA219) });
  expect([uri, why]).toEqual([
    "ina219:hwmon7",
    "took ina219:hwmon7: INA219 (hwmon7), scope board, leaves the least out",
  ]);
});

test("none: what is in the way of the one that needs no instrument, and never an estimate", async () => {
  const tree = powercap({ "intel-rapl:0": { name: "package-0", uj: 1 } });
  made.push(tree);
  expect((await chooseMeter({ root: tree.computer })).uri).toBe("rapl");
  await expect(chooseMeter({ root: computer({}) })).rejects.toThrow(
    /METER_MISSING: --meter auto: got no meter that can be read.*help meters/,
  );
});

test("what this computer draws is not taken for a board's work", async () => {
  const tree = powercap({ "intel-rapl:0": { name: "package-0", uj: 1 } });
  made.push(tree);
  const machine = boardMachine("the board pico2", () => () => 0n);
  await expect(chooseMeter({ root: tree.computer, machine })).rejects.toThrow(
    /METER_MISSING.*no meter that can be read.*runs on the board pico2/,
  );
});
