/** A POWER-Z behind Linux's driver: files as that writes them, watts by hand. */
import { afterEach, expect, test } from "vitest";
import { metersHere, openPower } from "../../../host/power/open.ts";
import { fakeTime } from "../../support/powercap.ts";
import { Computer, type Content } from "../../support/sysfs.ts";

const computers: Computer[] = [];
afterEach(() => {
  for (const computer of computers.splice(0)) computer.remove();
});

/** 5.127 V and 0.842 A; the driver rounds µV and µA towards 0. */
const FILES = {
  ...{ name: "powerz", in0_input: 5127, in0_label: "VBUS", in0_average: 5126, in1_input: 1650 },
  ...{ curr1_input: 842, curr1_label: "IBUS", curr1_average: 840, temp1_input: 31_000 },
};

function computer(...each: Readonly<Record<string, Content>>[]): string {
  const files = each.flatMap((one, n) =>
    Object.entries(one).map(([file, content]): [string, Content] => [
      `sys/class/hwmon/hwmon${n}/${file}`,
      content,
    ]),
  );
  const made = new Computer(Object.fromEntries(files));
  computers.push(made);
  return made.root;
}

async function first(uri: string, root: string) {
  const time = fakeTime();
  const meter = await openPower(uri, { root, clock: time.clock, every: time.every });
  for await (const sample of meter.samples()) {
    await meter.close();
    return { sample, facts: meter.facts };
  }
  throw new Error("no reading");
}

test("V·I of VBUS, and no other channel; which side it is plugged by is the sign", async () => {
  const { sample, facts } = await first("powerz", computer(FILES));
  expect(sample).toMatchObject({ volts: 5.127, amps: 0.842, lost: 0 });
  expect(sample.watts).toBeCloseTo(4.316934, 9);
  expect(facts).toMatchObject({ uri: "powerz", scope: "usb", quality: "derived" });
  expect(facts.name).toBe("ChargerLAB POWER-Z (hwmon0)");
  expect(facts.method).toContain("V·I of /sys/class/hwmon/hwmon0/in0_input · curr1_input");
  const turned = await first("powerz", computer({ ...FILES, curr1_input: -842 }));
  expect(turned.sample.watts).toBeCloseTo(-4.316934, 9);
});

test("what is here is listed; two are told apart by name", async () => {
  const root = computer({ name: "cpu_thermal" }, FILES, { ...FILES, curr1_input: 100 });
  const here = (await metersHere({ root })).filter(({ uri }) => uri.startsWith("powerz"));
  expect(here.map(({ uri, scope }) => [uri, scope])).toEqual([
    ["powerz:hwmon1", "usb"],
    ["powerz:hwmon2", "usb"],
  ]);
  await expect(openPower("powerz", { root })).rejects.toThrow(
    /METER_MISSING.*2 of them.*powerz:hwmon1 or powerz:hwmon2/,
  );
  expect((await first("powerz:hwmon2", root)).sample.watts).toBeCloseTo(0.5127, 9);
});

test.each([
  ["powerz", [{ name: "ina219" }], /METER_MISSING.*none that a driver has.*modprobe powerz/],
  ["powerz:hwmon3", [FILES], /METER_MISSING.*only powerz:hwmon0, expected hwmon3/],
  ["powerz?shunt=1", [FILES], /USAGE/],
  ["powerz", [{ ...FILES, curr1_input: "" }], /METER_MISSING.*curr1_input.*whole number/],
  ["powerz", [{ ...FILES, in0_input: "-nan" }], /METER_MISSING.*in0_input.*"-nan"/],
  ["powerz", [{ name: "powerz" }], /METER_MISSING.*nothing that can be read/],
] as const)("refused: %s", async (uri, files, message) => {
  await expect(openPower(uri, { root: computer(...files) })).rejects.toThrow(message);
});
