/** FNIRSI's meters: reports by hand and from the reference, and a device on a pseudo-terminal in the place of its hidraw. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { openFnb } from "../../../host/power/fnb.ts";
import { commandReport, samplesIn } from "../../../host/power/fnb-reports.ts";
import { meterOf } from "../../../host/power/ledger.ts";
import { metersHere, openMeter, openPower } from "../../../host/power/open.ts";
import { systemClock } from "../../../host/units.ts";
import { parseUri, type Uri } from "../../../host/uri.ts";
import { FakeFnb, type FnbOptions, hidFiles } from "../../support/fake-fnb.ts";
import { fnbCommand, fnbData } from "../../support/fnb-reports.ts";
import { read, until } from "../../support/meter-readings.ts";
import { whileOrdinaryUser } from "../../support/powercap.ts";
import { Computer } from "../../support/sysfs.ts";
import { kernelTest } from "../../support/system-calls.ts";

/** 5.12345 V · 0.25 A = 1.2808625 W */
const STEADY = { volts: 5.12345, amps: 0.25 };
const WATTS = 1.2808625;

const closing: { close: () => void }[] = [];
afterEach(() => {
  for (const one of closing.splice(0)) one.close();
});
function fake(options: Partial<FnbOptions> = {}): FakeFnb {
  const made = new FakeFnb({ sample: () => STEADY, ...options });
  closing.push(made);
  return made;
}
function computer(files: ConstructorParameters<typeof Computer>[0]): Computer {
  const made = new Computer(files);
  closing.push({ close: () => made.remove() });
  return made;
}

describe("reports", () => {
  test.each([
    [0x81, 0x8e],
    [0x82, 0x96],
    [0x83, 0x9e],
  ])("command %i ends with its check sum", (command, check) => {
    const report = commandReport(command);
    expect([report.length, report[0], report[1], report[63]]).toEqual([64, 0xaa, command, check]);
    expect(report).toEqual(fnbCommand(command));
  });

  test("four samples of 15 bytes: 512,345 are 5.12345 V, 25,000 are 0.25 A", () => {
    const each = [STEADY, { volts: 20, amps: 5.00001 }, { volts: 0, amps: 0 }, STEADY];
    const report = fnbData(each);
    expect([...report.subarray(2, 10)]).toEqual([0x59, 0xd1, 0x07, 0, 0xa8, 0x61, 0, 0]);
    expect(samplesIn(report)).toEqual(each);
  });

  test("another kind of report is none, and any damaged byte is seen", () => {
    expect(samplesIn(fnbCommand(0x03))).toBeNull();
    const random = mulberry32(58);
    const report = fnbData([STEADY, STEADY, STEADY, STEADY]);
    for (let place = 0; place < 64; place++) {
      const damaged = report.slice();
      damaged[place] = (damaged[place] ?? 0) ^ (1 + Math.floor(random() * 255));
      expect([place, samplesIn(damaged)]).toEqual([place, "damaged"]);
    }
    for (const length of [0, 1, 63, 65]) {
      expect(samplesIn(new Uint8Array(length).fill(0xaa))).toBe("damaged");
    }
  });
});

describe("a device", () => {
  kernelTest(
    "FNB58: what is said to it, its samples with even times, kept going once a second",
    async () => {
      const device = fake({ sample: (k) => ({ volts: 5, amps: 0.1 + 0.01 * Math.floor(k / 4) }) });
      const meter = await openPower("fnb58", { root: device.computer.root });
      expect(meter.facts).toMatchObject({
        name: "FNIRSI FNB58 (hidraw3)",
        scope: "usb",
        quality: "derived",
      });
      const began = performance.now();
      const { samples } = await read(meter, 120);
      await until(() => device.written.length >= 4);
      await meter.close();
      const said = [0x81, 0x82, 0x82, 0x83].map((command) => [0, ...fnbCommand(command)]);
      expect(device.written.slice(0, 4).map((bytes) => [...bytes])).toEqual(said);
      expect(device.written.length).toBeLessThanOrEqual(4 + (performance.now() - began) / 1000);
      expect(samples.every(({ lost }) => lost === 0)).toBe(true);
      const ampsOf = samples.map(({ amps = Number.NaN }) => amps);
      // nothing between the first and the last is left out or given twice
      const [first = Number.NaN] = ampsOf;
      expect(ampsOf).toEqual(
        ampsOf.map((_, k) => expect.closeTo(first + 0.01 * Math.floor(k / 4), 9)),
      );
      const times = samples.map(({ tNs }) => tNs);
      expect(times.every((tNs, k) => k === 0 || tNs > (times[k - 1] ?? tNs))).toBe(true);
      expect(samples[7]?.watts).toBeCloseTo(5 * (ampsOf[7] ?? 0), 12);
    },
  );

  kernelTest("FNB48 is begun with 83, and kept going all the time", async () => {
    const device = fake({ id: "0483:003a" });
    const meter = await openPower("fnb48:/dev/hidraw3", { root: device.computer.root });
    await until(() => device.written.length > 20);
    await meter.close();
    expect(device.written.slice(0, 3).map((bytes) => bytes[2])).toEqual([0x81, 0x82, 0x83]);
    expect(device.written.slice(3).every((bytes) => bytes[2] === 0x83)).toBe(true);
  });

  kernelTest("damaged reports are lost, four samples each", async () => {
    const damage: FnbOptions["damage"] = (report, n) =>
      n === 4 || n === 5 ? report.map((byte, k) => (k === 20 ? byte ^ 1 : byte)) : report;
    const device = fake({ damage });
    const meter = await openPower("fnb58", { root: device.computer.root });
    const { samples } = await read(meter, 30);
    await meter.close();
    expect(samples.reduce((sum, { lost }) => sum + (lost ?? Number.NaN), 0)).toBe(8);
    for (const { watts } of samples) expect(watts).toBeCloseTo(WATTS, 9);
  });

  kernelTest("reports that the kernel had no room for are a gap", async () => {
    const device = fake({ damage: (report, n) => (n >= 5 && n < 15 ? null : report) });
    const meter = meterOf(
      await openFnb("fnb58", parseUri("fnb58:") as Uri, { root: device.computer.root }),
      systemClock,
    );
    await meter.start();
    await until(() => device.sent >= 25);
    const { joules, seconds, coverage } = await meter.stop();
    await meter.close();
    // 0.4 of about a second
    expect(coverage).toBeGreaterThan(0.2);
    expect(coverage).toBeLessThan(0.85);
    expect(joules.value / seconds / coverage).toBeCloseTo(WATTS, 6);
  });

  kernelTest("a program that was busy for half a second loses none of them", async () => {
    const device = fake({ sample: (k) => ({ volts: 5, amps: 0.1 + 0.01 * Math.floor(k / 4) }) });
    const meter = await openPower("fnb58", { root: device.computer.root });
    const reading = read(meter, 100);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    const { samples } = await reading;
    await meter.close();
    const ampsOf = samples.map(({ amps = Number.NaN }) => amps);
    const [first = Number.NaN] = ampsOf;
    expect(ampsOf).toEqual(
      ampsOf.map((_, k) => expect.closeTo(first + 0.01 * Math.floor(k / 4), 9)),
    );
  });

  kernelTest(
    "one that falls silent, and one that never says anything",
    async () => {
      const device = fake();
      const meter = await openPower("fnb58", { root: device.computer.root });
      const reading = read(meter, Number.POSITIVE_INFINITY);
      device.quiet = true;
      expect((await reading).error).toMatchObject({ code: "METER_LOST" });
      await meter.close();
      await expect(openMeter("fnb58", { root: device.computer.root })).rejects.toThrow(
        /METER_MISSING.*FNIRSI FNB58 that sends no samples/,
      );
    },
    30_000,
  );

  kernelTest("pulled out", async () => {
    const device = fake();
    const meter = await openPower("fnb58", { root: device.computer.root });
    const reading = read(meter, Number.POSITIVE_INFINITY);
    await new Promise((resolve) => setTimeout(resolve, 200));
    device.close();
    closing.length = 0;
    const { samples, error } = await reading;
    await meter.close();
    expect(samples.length).toBeGreaterThan(0);
    expect(error).toMatchObject({ code: "METER_LOST" });
  });
});

describe("which one", () => {
  const TWO = {
    ...hidFiles("hidraw1", "2e3c:5558", "A"),
    ...hidFiles("hidraw2", "2e3c:5558", "B"),
    ...hidFiles("hidraw4", "2e3c:5558", "B"),
    ...hidFiles("hidraw0", "046d:c31c", "", "a keyboard"),
    ...hidFiles("hidraw5", "0483:003b"),
    "dev/hidraw0": "",
    "dev/hidraw1": "",
  };

  test("devices lists them as they are opened", async () => {
    const { root } = computer(TWO);
    expect((await metersHere({ root })).filter(({ scope }) => scope === "usb")).toEqual([
      { uri: "fnb58:/dev/hidraw1", what: "FNIRSI FNB58", scope: "usb" },
      { uri: "fnb58:/dev/hidraw2", what: "FNIRSI FNB58", scope: "usb" },
      { uri: "fnb58:/dev/hidraw4", what: "FNIRSI FNB58", scope: "usb" },
      { uri: "fnb48:/dev/hidraw5", what: "FNIRSI C1", scope: "usb" },
    ]);
  });

  test.each([
    ["fnb58", /3 of them.*fnb58:\/dev\/hidraw1, fnb58:\/dev\/hidraw2, fnb58:\/dev\/hidraw4/],
    // two meters with one serial number
    [
      "fnb58:2e3c:5558:B",
      /2 of them.*hidraw2, fnb58:\/dev\/hidraw4.*nothing else tells them apart/,
    ],
    ["fnb58:2E3C:5558:C", /only fnb58:\/dev\/hidraw1.*expected 2E3C:5558:C/],
    // nothing is written to a keyboard
    ["fnb58:/dev/hidraw0", /METER_MISSING.*only fnb58:/],
    ["fnb48:/dev/hidraw1", /METER_MISSING.*fnb58:\/dev\/hidraw1/],
    ["fnb58:/dev/hidraw9", /METER_MISSING/],
    ["fnb58?rate=1", /USAGE/],
    // opened, and no device of HID at all: a file that takes no report back
    ["fnb58:2e3c:5558:A", /METER_MISSING/],
  ])("%s", async (uri, message) => {
    const { root } = computer(TWO);
    await expect(openPower(uri, { root })).rejects.toThrow(message);
  });

  test("none at all", async () => {
    await expect(openPower("fnb48", { root: computer({}).root })).rejects.toThrow(
      /no such meter.*Plug it in/,
    );
  });

  kernelTest("by its numbers, and by a link as udev makes one", async () => {
    const device = fake();
    const { root } = device.computer;
    const meter = await openPower("fnb58:2E3C:5558", { root });
    await meter.close();
    const linked = computer({
      ...hidFiles("hidraw3", "2e3c:5558"),
      "dev/hidraw3": "",
      "dev/fnb": { link: "dev/hidraw3" },
    });
    // the right device, which is a file that nothing comes from
    await expect(openPower("fnb58:/dev/fnb", { root: linked.root })).rejects.toThrow(
      /FNIRSI FNB58 that sends no samples/,
    );
  });

  test("without permission: the rule that lets whoever sits here open it", async () => {
    const { root } = computer({ ...hidFiles("hidraw3", "2e3c:5558"), "dev/hidraw3": "" });
    chmodSync(root, 0o755);
    chmodSync(join(root, "dev/hidraw3"), 0o000);
    await openPower("fnb58", { root: "/nonexistent" }).catch(() => {}); // its file is loaded while it may be
    await expect(whileOrdinaryUser(() => openPower("fnb58", { root }))).rejects.toThrow(
      /permission denied on \/dev\/hidraw3.*ATTRS\{idVendor\}=="2e3c", ATTRS\{idProduct\}=="5558", TAG\+="uaccess"/,
    );
  });
});
