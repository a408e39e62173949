/** Batteries and supplies that Linux measures: trees of files as the kernel shows them, watts by hand. */
import { afterEach, describe, expect, test } from "vitest";
import { boardMachine } from "../../../host/power/machine.ts";
import { metersHere, openMeter, openPower } from "../../../host/power/open.ts";
import { fakeTime } from "../../support/powercap.ts";
import { Computer, type Content } from "../../support/sysfs.ts";

const computers: Computer[] = [];
afterEach(() => {
  for (const computer of computers.splice(0)) computer.remove();
});

function computer(supplies: Readonly<Record<string, Readonly<Record<string, Content>>>>): Computer {
  const made = new Computer();
  computers.push(made);
  for (const [name, files] of Object.entries(supplies)) {
    const folder = `sys/devices/virtual/power_supply/${name}`;
    const each = Object.entries(files).map(([file, content]) => [`${folder}/${file}`, content]);
    made.set({ ...Object.fromEntries(each), [`sys/class/power_supply/${name}`]: { link: folder } });
  }
  return made;
}

const AC = { type: "Mains", online: 0 };
/** 11.4 V · 1.5 A = 17.1 W */
const BATTERY = {
  ...{ type: "Battery", status: "Discharging", present: 1, capacity: 50 },
  ...{ voltage_now: 11_400_000, current_now: -1_500_000, charge_now: 3_000_000 },
};

async function first(uri: string, root: string) {
  const { clock, every } = fakeTime();
  const meter = await openPower(uri, { root, clock, every });
  for await (const { watts, volts, amps } of meter.samples()) {
    await meter.close();
    return { watts, volts, amps, facts: meter.facts };
  }
  throw new Error("no reading");
}

const refusal = (uri: string, root: string) =>
  openPower(uri, { root }).then(
    () => "opened",
    (error) => String(error.message),
  );

describe("watts", () => {
  test("|V·I|: the current's sign says nothing", async () => {
    const { root } = computer({ AC, BAT0: BATTERY });
    const { watts, volts, amps, facts } = await first("supply", root);
    expect(watts).toBeCloseTo(17.1, 12);
    expect([volts, amps]).toEqual([expect.closeTo(11.4, 12), expect.closeTo(1.5, 12)]);
    expect(facts).toMatchObject({ name: "supply BAT0", scope: "board", quality: "derived" });
    const other = computer({ BAT0: { ...BATTERY, current_now: 1_500_000 } });
    expect((await first("supply:BAT0", other.root)).watts).toBeCloseTo(17.1, 12);
  });

  test("power_now where there is one", async () => {
    const { root } = computer({ AC, BAT0: { ...BATTERY, power_now: 16_900_000 } });
    const { watts, facts } = await first("supply", root);
    expect(watts).toBeCloseTo(16.9, 12);
    expect(facts.quality).toBe("measured");
    expect(facts.method).toBe("/sys/class/power_supply/BAT0/power_now, every 1 s");
  });

  test("the kernel's test_battery: 3.3 mV and −1,600 µA are 5.28 µW", async () => {
    const files = { ...BATTERY, voltage_now: 3300, current_now: -1600 };
    const { watts } = await first("supply", computer({ test_battery: files }).root);
    expect(watts).toBeCloseTo(5.28e-6, 15);
  });

  test("two batteries feed one computer", async () => {
    const BAT1 = { type: "Battery", status: "Discharging", power_now: 4_000_000 };
    const { root } = computer({ BAT0: BATTERY, BAT1 });
    const { watts, volts, facts } = await first("supply", root);
    expect(watts).toBeCloseTo(21.1, 12);
    expect(volts).toBeUndefined();
    expect(facts.name).toBe("supply BAT0 + BAT1");
    const resting = computer({ BAT0: { ...BATTERY, status: "Not charging" }, BAT1 });
    expect((await first("supply", resting.root)).watts).toBeCloseTo(4, 12);
    expect((await first("supply:BAT1", root)).watts).toBeCloseTo(4, 12);
  });

  test("a supply that measures, where there is no battery", async () => {
    const files = { type: "USB", online: 1, voltage_now: 5_100_000, current_now: 600_000 };
    const { root } = computer({ "axp20x-usb": files });
    expect((await first("supply", root)).watts).toBeCloseTo(3.06, 12);
  });
});

describe("what is not counted", () => {
  test("its hwmon twin, which is named", async () => {
    const tree = computer({ BAT0: BATTERY });
    const folder = "sys/devices/virtual/power_supply/BAT0/hwmon2";
    tree.set({
      [`${folder}/name`]: "BAT0",
      [`${folder}/in0_input`]: 11_400,
      [`${folder}/curr1_input`]: -1500,
      [`${folder}/device`]: { link: "sys/devices/virtual/power_supply/BAT0" },
      "sys/class/hwmon/hwmon2": { link: folder },
      "sys/class/hwmon/hwmon3/name": "cpu_thermal",
    });
    const { watts, facts } = await first("supply", tree.root);
    expect(watts).toBeCloseTo(17.1, 12);
    expect(facts.notes[1]).toBe("hwmon2 is the same instrument, rounded: it is not added.");
    expect((await metersHere({ root: tree.root })).map(({ uri }) => uri)).toContain("supply");
    expect(
      (await metersHere({ root: tree.root })).filter(({ what }) => /BAT0/.test(what)),
    ).toHaveLength(1);
  });

  test.each([
    ["a mouse", { hidpp_battery_0: { ...BATTERY, scope: "Device" } }],
    [
      "what was agreed with a charger",
      { "ucsi-source-psy-USBC000:001": { ...BATTERY, type: "USB" } },
    ],
    ["a bay without a battery", { BAT1: { ...BATTERY, present: 0 } }],
    ["a plug that measures nothing", { AC }],
    ["nothing", {}],
  ] as const)("%s", async (_, supplies) => {
    const { root } = computer(supplies);
    expect(await refusal("supply", root)).toMatch(
      /^METER_MISSING: supply: got .*measures no power/,
    );
    expect((await metersHere({ root })).filter(({ uri }) => uri === "supply")).toEqual([]);
  });
});

describe("no reading", () => {
  test.each([
    ["charging", { ...BATTERY, status: "Charging" }, /BAT0 is charging.*Pull the charger/],
    ["full", { ...BATTERY, status: "Full" }, /BAT0 status Full.*Pull the charger/],
    ["0 W", { ...BATTERY, current_now: 0 }, /0 W of a computer that runs/],
    ["no number", { ...BATTERY, current_now: "?" }, /current_now: got "\?"/],
    ["an empty file", { ...BATTERY, power_now: "" }, /power_now: got ""/],
  ] as const)("%s", async (_, files, expected) => {
    const message = await refusal("supply", computer({ BAT0: files }).root);
    expect(message).toMatch(/^METER_MISSING: /);
    expect(message).toMatch(expected);
  });

  test("names and keys that there are not; two supplies and no name", async () => {
    const usb = { type: "USB", online: 1, power_now: 3_000_000 };
    const { root } = computer({ usb, mains: { ...usb, type: "Mains" } });
    expect(await refusal("supply", root)).toMatch(
      /2 of them, expected one of supply:mains, supply:usb/,
    );
    expect((await first("supply:usb", root)).watts).toBeCloseTo(3, 12);
    expect(await refusal("supply:BAT0", root)).toMatch(
      /only supply:mains, supply:usb, expected BAT0/,
    );
    expect(await refusal("supply?rate=1", root)).toMatch(/^USAGE/);
    const machine = boardMachine("the board pico2", () => () => 0n);
    await expect(openMeter("supply:usb", { root, machine })).rejects.toThrow(/the board pico2/);
  });

  test("the charger's plug put in while it runs: a gap, and a coded end after ten", async () => {
    const tree = computer({ BAT0: BATTERY });
    const time = fakeTime();
    const { clock, every } = time;
    const meter = await openPower("supply", { root: tree.root, clock, every });
    const stream = meter.samples()[Symbol.asyncIterator]();
    await stream.next();
    const status = "sys/class/power_supply/BAT0/status";
    tree.set({ [status]: "Charging" });
    time.pass(3);
    tree.set({ [status]: "Discharging" });
    time.pass(1);
    expect((await stream.next()).value).toMatchObject({ lost: 3 });
    tree.set({ [status]: "Charging" });
    time.pass(10);
    await expect(stream.next()).rejects.toThrow(/BAT0 is charging/);
    await meter.close();
  });
});
