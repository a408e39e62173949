/** Shunt monitors through the kernel's drivers: files as real drivers showed them, watts by hand. */
import { afterEach, describe, expect, test } from "vitest";
import { metersHere, openMeter, openPower } from "../../../host/power/open.ts";
import { fakeTime } from "../../support/powercap.ts";
import { Computer, type Content } from "../../support/sysfs.ts";

const computers: Computer[] = [];
afterEach(() => {
  for (const computer of computers.splice(0)) computer.remove();
});

function computer(files: Readonly<Record<string, Content>>): Computer {
  const made = new Computer(files);
  computers.push(made);
  return made;
}

const DEVICES = "sys/devices/platform/soc/i2c-1";
const HWMON = "sys/class/hwmon";
const IIO = "sys/bus/iio/devices";

/** A chip that a hwmon driver has, linked as the kernel does it. */
function hwmon(n: number, address: string, files: Readonly<Record<string, Content>>) {
  const folder = `${DEVICES}/1-00${address}/hwmon/hwmon${n}`;
  const each = Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]);
  const device = { link: `${DEVICES}/1-00${address}` };
  return {
    ...Object.fromEntries(each),
    [`${folder}/device`]: device,
    [`${HWMON}/hwmon${n}`]: { link: folder },
  };
}

/** What the drivers showed on an emulated chip. */
const INA219 = { name: "ina219", in0_input: 8, in1_input: 5000, curr1_input: 1024 };
const DRIVER = { ...INA219, power1_input: 10_240_000, shunt_resistor: 10_000 };

async function first(uri: string, root: string) {
  const time = fakeTime();
  const meter = await openPower(uri, { root, clock: time.clock, every: time.every });
  for await (const sample of meter.samples()) {
    await meter.close();
    return { ...sample, facts: meter.facts, timers: time.timers() };
  }
  throw new Error("no reading");
}

const refusal = (uri: string, root: string) =>
  openPower(uri, { root }).then(
    () => "opened",
    (error) => String(error.message),
  );

describe("hwmon", () => {
  test("ina219: V·I, and not the power register; 10 mΩ is said and warned of", async () => {
    const { root } = computer(hwmon(3, "40", DRIVER));
    const { watts, volts, amps, lost, facts, timers } = await first("ina219", root);
    expect({ volts, amps, watts, lost, timers }).toEqual({
      ...{ volts: 5, amps: 1.024, watts: 5.12, lost: 0, timers: 0 },
    });
    expect(facts).toMatchObject({ uri: "ina219", scope: "board", quality: "derived" });
    expect(facts.name).toBe("INA219 (hwmon3, I²C 1:0x40)");
    expect(facts.doesNotInclude).toEqual([
      "what does not flow through the shunt",
      "power supply losses",
    ]);
    const [inUse, warning] = facts.notes;
    expect(inUse).toBe(`The shunt in use has 10.0 mΩ (/${HWMON}/hwmon3/shunt_resistor).`);
    expect(warning).toContain("ten times too high. Add ?shunt=0.1, or as root: echo 100000 > /sys");
  });

  test("?shunt=0.1 on a driver with 10 mΩ: a tenth of the current", async () => {
    const { root } = computer(hwmon(3, "40", DRIVER));
    const { watts, amps, facts } = await first("ina219?shunt=0.1", root);
    expect(amps).toBeCloseTo(0.1024, 12);
    expect(watts).toBeCloseTo(0.512, 12);
    expect(facts.notes).toEqual([
      `The shunt in use has 100 mΩ, as ?shunt= says; the driver has 10.0 mΩ (/${HWMON}/hwmon3/shunt_resistor); its currents are taken times 0.100.`,
    ]);
  });

  test("a driver that was told of its 100 mΩ: said, and nothing to warn of", async () => {
    const { root } = computer(hwmon(3, "40", { ...DRIVER, shunt_resistor: 100_000 }));
    const { watts, facts } = await first("ina219", root);
    expect(watts).toBe(5.12);
    expect(facts.notes).toEqual([`The shunt in use has 100 mΩ (/${HWMON}/hwmon3/shunt_resistor).`]);
  });

  test("what the maker states: 0.5 % twice and a shunt of 1 %; 200 µV over the shunt, half a milliampere of rounding", async () => {
    const { root } = computer(hwmon(3, "40", { ...DRIVER, shunt_resistor: 100_000 }));
    const { accuracy, sampleRateHz } = (await first("ina219", root)).facts;
    expect(accuracy.gain).toBeCloseTo(Math.sqrt(0.005 ** 2 + 0.005 ** 2 + 0.01 ** 2), 12);
    expect(accuracy.offsetWatts).toBeCloseTo(5 * Math.sqrt(0.002 ** 2 + 0.0005 ** 2), 12);
    expect(sampleRateHz).toBe(20);
  });

  test("ina226: a mean of update_interval; slower than 50 ms, and it is asked less often", async () => {
    const files = { ...DRIVER, name: "ina226", in1_input: 12_000, curr1_input: -250 };
    const { root } = computer(hwmon(0, "44", { ...files, update_interval: 35 }));
    const { watts, facts } = await first("ina226", root);
    expect(watts).toBe(-3);
    expect(facts.accuracy.timeSeconds).toBe(0.035);
    const slow = computer(hwmon(0, "44", { ...files, update_interval: 141 }));
    expect((await first("ina226", slow.root)).facts).toMatchObject({
      ...{ sampleRateHz: 1000 / 141, gapSeconds: 0.3525 },
    });
  });

  test("ina228: a driver that does not show its shunt; the device tree's, else the default", async () => {
    const files = hwmon(1, "45", { name: "ina228", in1_input: 3300, curr1_input: 2000 });
    const { root } = computer(files);
    const { watts, facts } = await first("ina228", root);
    expect(watts).toBeCloseTo(6.6, 12);
    expect(facts.notes.join(" ")).toMatch(/10\.0 mΩ \(the driver's default.*ten times too high/);
    const told = computer({
      ...files,
      // 2,000 µΩ, high byte first
      [`${DEVICES}/1-0045/of_node/shunt-resistor`]: Uint8Array.of(0, 0, 0x07, 0xd0),
    });
    const { facts: known } = await first("ina228", told.root);
    expect(known.notes).toHaveLength(1);
    expect(known.notes[0]).toContain("2.00 mΩ (/sys/class/hwmon/hwmon1/device/of_node/");
  });

  test("ina260 in kernels that have it: the shunt is inside", async () => {
    const { root } = computer(
      hwmon(1, "40", { name: "ina260", in1_input: 5000, curr1_input: 800 }),
    );
    const { watts, facts } = await first("ina260", root);
    expect(watts).toBe(4);
    expect(facts.notes).toEqual(["The shunt in use has 2.00 mΩ (inside the chip)."]);
    expect(await refusal("ina260?shunt=0.1", root)).toMatch(/^USAGE.*the key shunt/);
  });

  describe("ina3221", () => {
    const files = hwmon(2, "41", {
      name: "ina3221",
      ...{ in1_input: 19_000, curr1_input: 500, shunt1_resistor: 5000, in1_label: "VDD_IN" },
      ...{ in2_input: 5000, curr2_input: 300, shunt2_resistor: 10_000, in2_label: "VDD_CPU" },
      ...{ in3_input: 0, curr3_input: 0, shunt3_resistor: 100_000, in3_enable: 0 },
      ...{ in7_input: 5, in7_label: "sum of shunt voltages", curr4_input: 800 },
    });

    test("each channel has its own shunt and no power file; without a channel the first, and said", async () => {
      const { root } = computer(files);
      const { watts, facts } = await first("ina3221", root);
      expect(watts).toBe(9.5);
      expect(facts.name).toBe("INA3221 channel 1 VDD_IN (hwmon2, I²C 1:0x41)");
      expect(facts.notes).toEqual([
        "The shunt in use has 5.00 mΩ (/sys/class/hwmon/hwmon2/shunt1_resistor).",
        "This is channel 1 of three: ?channel=2 and ?channel=3 are the others.",
      ]);
      const second = await first("ina3221:1:0x41?channel=2&shunt=0.02", root);
      expect(second.watts).toBeCloseTo(0.75, 12); // 5 V · 0.3 A · 10/20
    });

    test("a channel that is off, one that there is not, a channel of another chip", async () => {
      const { root } = computer({ ...files, ...hwmon(3, "40", DRIVER) });
      expect(await refusal("ina3221?channel=3", root)).toMatch(
        /^METER_MISSING.*in3_enable: got a channel that is off, expected 1\. echo 1 \| sudo tee/,
      );
      expect(await refusal("ina3221?channel=4", root)).toMatch(/^USAGE.*channel=4.*from 1 to 3/);
      expect(await refusal("ina3221?channel=1.5", root)).toMatch(/^USAGE.*1, 2 or 3/);
      expect(await refusal("ina219?channel=1", root)).toMatch(/^USAGE.*the key channel/);
    });

    test("what is here: every channel that is on", async () => {
      const { root } = computer({ ...files, ...hwmon(3, "40", DRIVER) });
      const found = (await metersHere({ root })).filter(({ uri }) => uri.startsWith("ina"));
      expect(found.map(({ uri, scope }) => [uri, scope])).toEqual([
        ["ina219:1:0x40", "board"],
        ["ina3221:1:0x41?channel=1", "board"],
        ["ina3221:1:0x41?channel=2", "board"],
      ]);
    });
  });
});

describe("IIO", () => {
  const FOLDER = `${DEVICES}/1-0040/iio:device0`;
  const file = (name: string, content: Content) => ({ [`${FOLDER}/${name}`]: content });
  const files = {
    ...file("name", "ina226"),
    ...file("in_voltage0_raw", 1000),
    ...file("in_voltage0_scale", "0.002500000"),
    ...file("in_voltage1_raw", 4000),
    ...file("in_voltage1_scale", "1.250000000"),
    ...file("in_power2_raw", 512),
    ...file("in_power2_scale", "6.250000000"),
    ...file("in_current3_raw", 1024),
    ...file("in_current3_scale", "0.250000000"),
    ...file("in_shunt_resistor", "0.010000000"),
    ...file("in_sampling_frequency", 113),
    [`${IIO}/iio:device0`]: { link: FOLDER },
  };

  test("raw · scale in mV and mA, the shunt in ohms", async () => {
    const { root } = computer(files);
    const { volts, amps, watts, facts } = await first("ina226", root);
    expect([volts, amps, watts]).toEqual([5, 0.256, 1.28]);
    expect(facts.name).toBe("INA226 (iio:device0, I²C 1:0x40)");
    expect(facts.notes.join(" ")).toMatch(/10\.0 mΩ.*as root: echo 0\.1 > .*in_shunt_resistor$/);
    expect((await first("ina226:iio:device0?shunt=0.1", root)).watts).toBeCloseTo(0.128, 12);
  });

  test("0 Ω", async () => {
    const { root } = computer({ ...files, ...file("in_shunt_resistor", "0.000000000") });
    expect(await refusal("ina226", root)).toMatch(/^METER_MISSING.*got 0, expected ohms above 0/);
  });
});

describe("which one is meant", () => {
  const two = { ...hwmon(3, "40", DRIVER), ...hwmon(4, "45", { ...DRIVER, label: "rail 5V" }) };

  test.each(["ina219:hwmon4", "ina219:1:0x45", "ina219:1:69", "ina219:1-0045", "ina219:rail 5V"])(
    "%s",
    async (uri) => {
      expect((await first(uri, computer(two).root)).facts.name).toContain("hwmon4, I²C 1:0x45");
    },
  );

  test("two of them and no name; a name that there is not; none at all", async () => {
    const { root } = computer(two);
    expect(await refusal("ina219", root)).toMatch(
      /^METER_MISSING.*got 2 of them, expected ina219:1:0x40 or ina219:1:0x45/,
    );
    expect(await refusal("ina219:hwmon9", root)).toMatch(
      /only ina219:1:0x40, ina219:1:0x45, expected hwmon9/,
    );
    expect(await refusal("ina226", root)).toMatch(
      /no ina226 that a driver has.*Name bus and address.*ina226:1:0x40\?shunt=0\.1/,
    );
  });
});

describe("bad files", () => {
  test.each([
    ["a shunt of 0 Ω in the name", "ina219?shunt=0", {}, /^USAGE.*shunt=0/],
    ["no shunt", "ina219?shunt=", {}, /^USAGE/],
    ["below zero", "ina219?shunt=-0.1", {}, /^USAGE/],
    ["a shunt of 0 Ω in the driver", "ina219", { shunt_resistor: 0 }, /^METER_MISSING.*µΩ above 0/],
    ["no number in it", "ina219", { shunt_resistor: "?" }, /^METER_MISSING.*NaN/],
    ["nothing in it", "ina219", { shunt_resistor: "" }, /^METER_MISSING.*NaN/],
    ["no voltage", "ina219", { in1_input: "" }, /^METER_MISSING.*in1_input: got ""/],
    ["a key too many", "ina219?shunts=1", {}, /^USAGE.*the key shunts/],
  ] as const)("%s", async (_, uri, files, expected) => {
    const { root } = computer(hwmon(3, "40", { ...DRIVER, ...files }));
    expect(await refusal(uri, root)).toMatch(expected);
  });

  test("a driver's shunt of 0 Ω stays refused where ?shunt= stands beside it: its currents mean nothing", async () => {
    const { root } = computer(hwmon(3, "40", { ...DRIVER, shunt_resistor: 0 }));
    expect(await refusal("ina219?shunt=0.1", root)).toMatch(/^METER_MISSING.*µΩ above 0/);
  });

  test("one reading that fails is lost, ten in a row end the stream with what the kernel said", async () => {
    const tree = computer(hwmon(3, "40", DRIVER));
    const time = fakeTime();
    const { clock, every } = time;
    const meter = await openPower("ina219", { root: tree.root, clock, every });
    const stream = meter.samples()[Symbol.asyncIterator]();
    const next = async () => (await stream.next()).value;
    const input = `${HWMON}/hwmon3/curr1_input`;
    expect(await next()).toMatchObject({ lost: 0 });
    tree.delete(input);
    time.pass(0.1);
    tree.set({ [input]: 2048 });
    time.pass(0.05);
    expect(await next()).toMatchObject({ watts: 10.24, lost: 2 });
    tree.delete(input);
    time.pass(0.5);
    await expect(next()).rejects.toThrow(/^METER_MISSING: .*curr1_input: got ENOENT/);
    expect(time.timers()).toBe(0);
    await meter.close();
  });
});

test("a window of it: the trapezoid between readings", async () => {
  const tree = computer(hwmon(3, "40", { ...DRIVER, shunt_resistor: 100_000 }));
  const time = fakeTime();
  // the ledger waits for the first reading after the window's end
  const pause = async () => {
    time.pass(0.05);
    await new Promise<void>(() => {});
  };
  const { clock, every } = time;
  const meter = await openMeter("ina219", { root: tree.root, clock, every, pause });
  await meter.start();
  // 5 V · (1 A + 1 A/s): from 0 to 1 s 7.5 J
  time.pass(1, (passed) =>
    tree.set({ [`${HWMON}/hwmon3/curr1_input`]: Math.round(1000 + 1000 * passed) }),
  );
  const { joules, coverage, seconds } = await meter.stop();
  expect(seconds).toBeCloseTo(1, 9);
  expect(coverage).toBe(1);
  expect(Math.abs(joules.value - 7.5)).toBeLessThan(0.02);
  expect(joules.low).toBeLessThan(7.5);
  expect(joules.high).toBeGreaterThan(7.5);
  await meter.close();
});
