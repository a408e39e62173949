/** Chips on an I²C bus of the kernel, and what a driver of the kernel makes of one. */
import assert from "node:assert/strict";
import { openSensor } from "../../../host/sensors/open.ts";
import { json } from "./command-line.ts";
import { problemOf } from "./failing.ts";
import type { GuestTest } from "./guest-test.ts";
import { ADDRESSES, bind, byteAt, setBytes, setWord, stubBus, unbind } from "./i2c-registers.ts";
import { options, take } from "./listening.ts";
import { loadDriver, unloadDriver } from "./machine.ts";

/** The first sample of a sensor. */
async function sampleOf(uri: string): Promise<readonly number[]> {
  const sensor = await openSensor(uri, options());
  const [block] = await take(sensor, 1);
  await sensor.close();
  assert.ok(block);
  return [...block.values].slice(0, block.channels);
}

function near(got: readonly number[], expected: readonly number[]): void {
  assert.equal(got.length, expected.length);
  for (const [k, value] of got.entries()) {
    const exact = Number(expected[k]);
    assert.ok(Math.abs(value - exact) <= 1e-6 * Math.max(1, Math.abs(exact)), `${got}`);
  }
}

const G = 9.80665;

export const I2C: readonly GuestTest[] = [
  {
    name: "i2c: an MPU-6050 is woken and read",
    body: async () => {
      const [bus, address] = [stubBus(), ADDRESSES.mpu6050];
      setBytes(bus, address, 0x75, [0x68]);
      setBytes(bus, address, 0x6b, [0x40]); // asleep, as after power-on
      // 1 g, −½ g, 0; temperature; 131, −262 and 0 of 131 a °/s
      setBytes(bus, address, 0x3b, [0x40, 0, 0xe0, 0, 0, 0, 0x12, 0x34]);
      setBytes(bus, address, 0x43, [0, 131, 0xfe, 0xfa, 0, 0]);
      const sample = await sampleOf(`i2c:${bus}:0x68?type=mpu6050`);
      near(sample, [G, -G / 2, 0, Math.PI / 180, -Math.PI / 90, 0]);
      assert.equal(byteAt(bus, address, 0x6b) & 0x40, 0, "awake");
    },
  },
  {
    name: "i2c: an ADXL345 measures, low byte first",
    body: async () => {
      const [bus, address] = [stubBus(), ADDRESSES.adxl345];
      setBytes(bus, address, 0x00, [0xe5]);
      setBytes(bus, address, 0x32, [0, 1, 0x80, 0xff, 1, 0]);
      near(await sampleOf(`i2c:${bus}:0x53?type=adxl345`), [G, -G / 2, G / 256]);
      assert.equal(byteAt(bus, address, 0x2d), 0x08, "measuring");
    },
  },
  {
    name: "i2c: a BME280, with the example of its data sheet",
    body: async () => {
      const [bus, address] = [stubBus(), ADDRESSES.bme280];
      setBytes(bus, address, 0xd0, [0x60]);
      const words = [27_504, 26_435, -1000];
      words.push(36_477, -10_685, 3024, 2855, 140, -7, 15_500, -14_600, 6000);
      const low = words.flatMap((word) => [word & 0xff, (word >> 8) & 0xff]);
      setBytes(bus, address, 0x88, [...low, 0, 0]);
      // humidity with one coefficient: H2 = 16,384 of 65,536, so that raw 160 is 40 %
      setBytes(bus, address, 0xe1, [0, 0x40, 0, 0, 0, 0, 0]);
      const [pressure, temperature, humidity] = [415_148, 519_888, 160];
      const twenty = (raw: number) => [raw >> 12, (raw >> 4) & 0xff, (raw << 4) & 0xf0];
      setBytes(bus, address, 0xf7, [...twenty(pressure), ...twenty(temperature), 0, humidity]);
      const [celsius, pascal, percent] = await sampleOf(`i2c:${bus}:0x76?type=bme280`);
      assert.ok(Math.abs(Number(celsius) - 25.08) < 0.01, `${celsius}`);
      assert.ok(Math.abs(Number(pascal) - 100_653.27) < 0.1, `${pascal}`);
      assert.ok(Math.abs(Number(percent) - 40) < 0.01, `${percent}`);
    },
  },
  {
    name: "i2c: any register, with scale and offset",
    body: async () => {
      const bus = stubBus();
      setBytes(bus, ADDRESSES.empty, 2, [0x0f, 0xa0]); // 4,000
      const register = `i2c:${bus}:0x50?register=2&as=u16be&scale=0.00125&offset=-1&unit=V`;
      near(await sampleOf(register), [4]);
    },
  },
  {
    name: "i2c: an address without a device, another chip, a bus that is not there",
    body: async () => {
      const bus = stubBus();
      const silent = await problemOf(openSensor(`i2c:${bus}:0x77?type=bme280`, options()));
      assert.equal(silent.code, "SENSOR_MISSING");
      assert.match(silent.got, /no answer/);
      setBytes(bus, ADDRESSES.empty, 0x75, [0x71]);
      const other = await problemOf(openSensor(`i2c:${bus}:0x50?type=mpu6050`, options()));
      assert.equal(other.code, "SENSOR_MISSING");
      assert.match(other.got, /0x71 in register 0x75/);
      assert.match(other.expected, /0x68/);
      const nowhere = await problemOf(openSensor("i2c:99:0x76?type=bme280", options()));
      assert.equal(nowhere.code, "SENSOR_MISSING");
      assert.ok(nowhere.got.includes(`/dev/i2c-${bus}`), nowhere.got);
    },
  },
  {
    name: "iio: what a driver of the kernel makes of a chip, in SI units",
    body: async () => {
      const [bus, address] = [stubBus(), ADDRESSES.ina226];
      loadDriver("ina2xx-adc");
      try {
        bind(bus, "ina226", address);
        // INA226: 2.5 µV, 1.25 mV; with 10 mΩ and its calibration of 2,048: 250 µA and 6.25 mW
        setWord(bus, address, 1, 400);
        setWord(bus, address, 2, 4000);
        setWord(bus, address, 3, 80);
        setWord(bus, address, 4, 0x10000 - 400);
        const sensor = await openSensor("iio:ina226", options());
        const names = sensor.describe().channels.map(({ name, unit }) => `${name} ${unit}`);
        const [block] = await take(sensor, 1);
        const values = Object.fromEntries(names.map((name, k) => [name, block?.values[k]]));
        near(
          ["voltage0 V", "voltage1 V", "power2 W", "current3 A"].map((name) =>
            Number(values[name]),
          ),
          [0.001, 5, 0.5, -0.1],
        );
        const taken = await problemOf(openSensor(`i2c:${bus}:0x40?register=2`, options()));
        assert.equal(taken.code, "DEVICE_BUSY");
        const other = await problemOf(openSensor("iio:bme280", options()));
        assert.equal(other.code, "SENSOR_MISSING");
        assert.match(other.got, /ina226/);
        const { documents } = await json(["devices"]);
        const uris = documents.at(-1)?.sensors.map(({ uri }: { uri: string }) => uri);
        assert.ok(uris.includes("iio:ina226"), uris.join());
        const gone = problemOf(take(sensor, 1e6));
        unbind(bus, address);
        assert.equal((await gone).code, "SENSOR_LOST");
        await sensor.close();
      } finally {
        unloadDriver("ina2xx_adc");
      }
    },
  },
];
