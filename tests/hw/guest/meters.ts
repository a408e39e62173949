/** Meters through the kernel's own drivers: shunt monitors, batteries, HID. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { PowerMeter, PowerSample } from "../../../host/power/meter.ts";
import { openPower } from "../../../host/power/open.ts";
import { json } from "./command-line.ts";
import { problemOf } from "./failing.ts";
import type { GuestTest } from "./guest-test.ts";
import { HidMeter } from "./hid-meter.ts";
import { ADDRESSES, bind, setWord, stubBus, unbind } from "./i2c-registers.ts";
import { loadDriver, unloadDriver, until, within, writeAt } from "./machine.ts";

async function firstOf(meter: PowerMeter): Promise<PowerSample> {
  const stream = meter.samples()[Symbol.asyncIterator]();
  const { value } = await within("a reading", stream.next());
  await meter.close();
  return value as PowerSample;
}

const near = (got: number | undefined, expected: number): void =>
  assert.ok(Math.abs(Number(got) - expected) <= 1e-9 * Math.abs(expected), `${got}, ${expected}`);

/** A chip at 0x40 with a driver, and what is tested of it. */
async function withChip(
  driver: string,
  name: string,
  words: Readonly<Record<number, number>>,
  body: (bus: number) => Promise<void>,
): Promise<void> {
  const [bus, address] = [stubBus(), ADDRESSES.ina226];
  loadDriver(driver);
  try {
    for (const [register, word] of Object.entries(words)) {
      setWord(bus, address, Number(register), word);
    }
    bind(bus, name, address);
    // its driver wrote its own settings over those of a chip that was here before
    for (const [register, word] of Object.entries(words)) {
      setWord(bus, address, Number(register), word);
    }
    await body(bus);
    unbind(bus, address);
  } finally {
    unloadDriver(driver.replaceAll("-", "_"));
  }
}

export const METERS: readonly GuestTest[] = [
  {
    name: "meters: an INA219 through hwmon, whose driver takes ten milliohms where nobody told it",
    body: () =>
      // 5,000 mV are 1,250 of 4 mV, three bits up; 1,024 mA with the driver's calibration
      withChip("ina2xx", "ina219", { 1: 1024, 2: 1250 << 3, 4: 1024 }, async (bus) => {
        await until("hwmon", () => existsSync(`/sys/bus/i2c/devices/${bus}-0040/hwmon`));
        const meter = await openPower("ina219");
        const notes = meter.facts.notes.join("\n");
        assert.match(notes, /has 10\.0 mΩ.*shunt_resistor/);
        assert.match(notes, /ten times too high/);
        const { volts, amps, watts } = await firstOf(meter);
        near(volts, 5);
        near(amps, 1.024);
        near(watts, 5.12);
        const told = await firstOf(await openPower(`ina219:${bus}:0x40?shunt=0.1`));
        near(told.watts, 0.512);
        const { documents } = await json(["devices"]);
        const uris = documents.at(-1)?.meters.map(({ uri }: { uri: string }) => uri);
        assert.ok(uris.includes(`ina219:${bus}:0x40`), uris.join());
      }),
  },
  {
    name: "meters: an INA226 through IIO, where that driver was loaded",
    body: () =>
      // 4,000 of 1.25 mV; 1,024 of 0.25 mA with 10 mΩ
      withChip("ina2xx-adc", "ina226", { 2: 4000, 4: 1024 }, async () => {
        const meter = await openPower("ina226");
        assert.match(meter.facts.name, /iio:device/);
        const { volts, amps, watts } = await firstOf(meter);
        near(volts, 5);
        near(amps, 0.256);
        near(watts, 1.28);
      }),
  },
  {
    name: "meters: a battery of test_power, once and not again as its hwmon twin; charging is no reading",
    body: async () => {
      loadDriver("test_power");
      try {
        const meter = await openPower("supply:test_battery");
        assert.match(meter.facts.notes.join("\n"), /hwmon\d+ is the same instrument, rounded/);
        // 3,300 µV and 1,600 µA
        near((await firstOf(meter)).watts, 5.28e-6);
        writeAt("/sys/module/test_power/parameters/battery_status", "charging");
        const charging = await problemOf(openPower("supply:test_battery"));
        assert.equal(charging.code, "METER_MISSING");
        assert.match(charging.got, /charging/);
      } finally {
        unloadDriver("test_power");
      }
    },
  },
  {
    name: "meters: an FNB58 through hidraw, from its commands to joules, and pulled out",
    body: async () => {
      const device = new HidMeter();
      try {
        await until("hidraw", () => existsSync("/sys/class/hidraw/hidraw0"));
        await until("its file", () => existsSync("/dev/hidraw0"));
        const { code, documents } = await json(["power", "--meter", "fnb58", "--seconds", "2"]);
        assert.equal(code, 0);
        // the number in front, which a device without numbers does not see on its wire, is a 0
        const said = device.heard
          .slice(0, 3)
          .map((report) => [report.length, report[0], report[2], report[64]]);
        assert.deepEqual(said, [
          [65, 0, 0x81, 0x8e],
          [65, 0, 0x82, 0x96],
          [65, 0, 0x82, 0x96],
        ]);
        assert.match(JSON.stringify(documents), /1\.28086/);
        const meter = await openPower("fnb58:2e3c:5558:0123");
        const reading = (async () => {
          const samples: PowerSample[] = [];
          for await (const sample of meter.samples()) {
            samples.push(sample);
            near(sample.watts, 1.2808625);
            if (samples.length === 40) device.unplug();
          }
        })();
        assert.equal((await problemOf(within("its end", reading))).code, "METER_LOST");
        await meter.close();
      } finally {
        if (existsSync("/sys/class/hidraw/hidraw0")) device.unplug();
      }
    },
  },
];
