/** Chips on an I²C bus: registers as their data sheets have them in, values by hand out. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { compensation } from "../../../host/sensors/bme280.ts";
import { openI2cSensor } from "../../../host/sensors/i2c.ts";
import { parseUri } from "../../../host/uri.ts";
import { I2cBus } from "../../support/i2c-bus.ts";
import { allBlocks, sensorIo, valuesOf } from "../../support/sensor-io.ts";

const root = mkdtempSync(join(tmpdir(), "twentywatt-i2c-"));
afterAll(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, "dev"));
writeFileSync(join(root, "dev/i2c-1"), "");

function open(text: string, bus: I2cBus, io = sensorIo()) {
  const uri = parseUri(text);
  if (!uri) throw new Error("no uri");
  return openI2cSensor(uri, { ...io, calls: bus.calls, root });
}

const refused = (text: string, bus: I2cBus) =>
  open(text, bus).then(
    () => "opened",
    (error) => String(error.message),
  );

const bigEndian = (words: readonly number[]) =>
  words.flatMap((word) => [(word >> 8) & 0xff, word & 0xff]);
const littleEndian = (words: readonly number[]) =>
  words.flatMap((word) => [word & 0xff, (word >> 8) & 0xff]);

describe("chips", () => {
  test("mpu6050: woken, six channels, high byte first, g and degrees as SI units", async () => {
    const bus = new I2cBus(0x68);
    bus.registers[0x75] = 0x68;
    bus.registers[0x6b] = 0x40; // asleep
    bus.registers.set(bigEndian([16_384, -16_384, 1, 0x7fff, 131, -131, -32_768]), 0x3b);
    const io = sensorIo();
    const sensor = await open("i2c:1:0x68?type=mpu6050&rate=50", bus, io);
    expect(bus.written).toContainEqual([0x6b, 0x01]);
    const blocks = await allBlocks(sensor, 3);
    const g = 9.80665;
    const [ax, ay, az, gx, gy, gz] = valuesOf(blocks);
    expect([ax, ay, az]).toEqual([g, -g, g / 16_384]);
    [1, -1, -32_768 / 131].forEach((degrees, k) => {
      expect([gx, gy, gz][k]).toBeCloseTo((degrees * Math.PI) / 180, 12);
    });
    expect(blocks.map(({ timeNs }) => Number(timeNs - 1000n))).toEqual([0, 2e7, 4e7]);
    expect(io.said[0]).toContain("ax in m/s²");
    await sensor.close();
  });

  test("adxl345: full resolution of 256 a g, low byte first, the output rate that is asked for", async () => {
    const bus = new I2cBus(0x53);
    bus.registers[0] = 0xe5;
    bus.registers.set(littleEndian([256, -512, 1]), 0x32);
    const sensor = await open("i2c:1:0x53?type=adxl345&rate=400", bus);
    expect(bus.written).toEqual([
      [0x2c, 0x0c], // 400 samples a second
      [0x31, 0x0b],
      [0x2d, 0x08],
    ]);
    expect(valuesOf(await allBlocks(sensor, 1))).toEqual([9.80665, -2 * 9.80665, 9.80665 / 256]);
    await sensor.close();
  });

  // the worked example of Bosch's BMP280 data sheet (BST-BMP280-DS001, 3.12), whose formulas these are
  const LOW = littleEndian([
    ...[27_504, 26_435, -1000],
    ...[36_477, -10_685, 3024, 2855, 140, -7, 15_500, -14_600, 6000, 75 << 8],
  ]);
  // h2 = 360, h3 = 0, h4 = 313, h5 = 50, h6 = 30
  const HIGH = [0x68, 0x01, 0x00, 0x13, 0x29, 0x03, 0x1e];

  test("bme280: the data sheet's example gives its 25.08 °C and 100,653.27 Pa", async () => {
    const bus = new I2cBus(0x76);
    bus.registers[0xd0] = 0x60;
    bus.registers.set(LOW, 0x88);
    bus.registers.set(HIGH, 0xe1);
    const [p, t] = [415_148, 519_888];
    const twenty = (raw: number) => [raw >> 12, (raw >> 4) & 0xff, (raw << 4) & 0xf0];
    bus.registers.set([...twenty(p), ...twenty(t), 0x6e, 0x00], 0xf7);
    const sensor = await open("i2c:1:0x76?type=bme280", bus);
    const [temperature = 0, pressure = 0] = valuesOf(await allBlocks(sensor, 1));
    expect(temperature).toBeCloseTo(25.08, 2);
    expect(pressure).toBeCloseTo(100_653.27, 1);
    await sensor.close();
  });

  test("bme280: humidity as the data sheet's own integers have it", () => {
    const compensate = compensation(Uint8Array.from(LOW), Uint8Array.from(HIGH));
    const h = { h1: 75, h2: 360, h3: 0, h4: 313, h5: 50, h6: 30 };
    // BME280_compensate_H_int32 (BST-BME280-DS002, 4.2.3), with BigInt for its 32-bit shifts
    const integers = (raw: number, fine: number): number => {
      const [r, f] = [BigInt(raw), BigInt(Math.trunc(fine)) - 76_800n];
      const { h1, h2, h3, h4, h5, h6 } = h;
      const left = ((r << 14n) - (BigInt(h4) << 20n) - BigInt(h5) * f + 16_384n) >> 15n;
      const inner = ((f * BigInt(h6)) >> 10n) * (((f * BigInt(h3)) >> 11n) + 32_768n);
      const right = (((inner >> 10n) + 2_097_152n) * BigInt(h2) + 8192n) >> 14n;
      let v = left * right;
      v -= ((((v >> 15n) * (v >> 15n)) >> 7n) * BigInt(h1)) >> 4n;
      v = v < 0n ? 0n : v > 419_430_400n ? 419_430_400n : v;
      return Number(v >> 12n) / 1024;
    };
    for (let raw = 20_000; raw < 40_000; raw += 997) {
      const [temperature = 0, , humidity = 0] = compensate(519_888, 415_148, raw);
      expect(Math.abs(humidity - integers(raw, temperature * 5120))).toBeLessThan(0.05);
    }
  });

  test("any register: raw · scale + offset", async () => {
    const bus = new I2cBus(0x40);
    bus.registers.set([0xff, 0xfe], 2);
    const sensor = await open("i2c:1:64?register=2&as=i16be&scale=0.5&offset=3&unit=V", bus);
    expect(valuesOf(await allBlocks(sensor, 1))).toEqual([2]);
    expect(sensor.describe().channels).toEqual([{ name: "register 0x02", unit: "V" }]);
    await sensor.close();
  });
});

describe("what goes wrong", () => {
  test("another chip, no chip, no bus, a wrong name", async () => {
    const bus = new I2cBus(0x68);
    expect(await refused("i2c:1:0x68?type=mpu6050", bus)).toMatch(
      /^SENSOR_MISSING: i2c:1:0x68: got 0x00 in register 0x75, expected 0x68 of a mpu6050/,
    );
    expect(await refused("i2c:1:0x69?type=mpu6050", bus)).toMatch(/^SENSOR_MISSING.*no answer/);
    expect(await refused("i2c:7:0x68?type=mpu6050", bus)).toMatch(
      /^SENSOR_MISSING.*only \/dev\/i2c-1/,
    );
    expect(await refused("i2c:1:0x68?type=walrus", bus)).toMatch(
      /^USAGE.*mpu6050, adxl345, bme280/,
    );
    expect(await refused("i2c:1:0x68", bus)).toMatch(/^USAGE.*neither type nor register/);
    expect(await refused("i2c:1", bus)).toMatch(/^USAGE.*i2c:BUS:ADDRESS/);
    expect(await refused("i2c:1:0x01?type=mpu6050", bus)).toMatch(/^USAGE.*0x03 to 0x77/);
    expect(await refused("i2c:1:0x68?type=mpu6050&rate=5000", bus)).toMatch(
      /^USAGE.*0.001 to 1000/,
    );
  });

  test("unplugged while it runs: a coded end", async () => {
    const bus = new I2cBus(0x53);
    bus.registers[0] = 0xe5;
    const sensor = await open("i2c:1:0x53?type=adxl345", bus);
    const read = async () => {
      let samples = 0;
      for await (const _ of sensor) if (++samples === 5) bus.fails = 121;
    };
    await expect(read()).rejects.toThrow(
      /^SENSOR_MISSING: i2c:1:0x53: got no answer \(EREMOTEIO\)/,
    );
    await sensor.close();
  });

  test("a reader that comes late loses what it did not ask for, and knows how many", async () => {
    const bus = new I2cBus(0x53);
    bus.registers[0] = 0xe5;
    const io = sensorIo();
    const sensor = await open("i2c:1:0x53?type=adxl345&rate=100", bus, io);
    const lost: number[] = [];
    for await (const { lostBefore } of sensor) {
      lost.push(lostBefore);
      if (lost.length === 2) io.pass(55_000_000n);
      if (lost.length === 4) break;
    }
    // 55 ms passed: moments 2 to 6 of 10 ms were missed
    expect(lost).toEqual([0, 0, 4, 0]);
    await sensor.close();
  });
});
