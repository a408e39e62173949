/** iio: on trees of files as the kernel's ABI has them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openIio } from "../../../host/sensors/iio.ts";
import { parseUri } from "../../../host/uri.ts";
import { allBlocks, sensorIo, valuesOf } from "../../support/sensor-io.ts";

const root = mkdtempSync(join(tmpdir(), "twentywatt-iio-"));
afterAll(() => rmSync(root, { recursive: true }));

function device(number: number, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, `sys/bus/iio/devices/iio:device${number}`, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${text}\n`);
  }
}

device(0, {
  ...{ name: "mpu6050", in_accel_scale: "0.000598", in_accel_x_raw: "16384" },
  ...{
    in_accel_y_raw: "-16384",
    in_temp_raw: "-521",
    in_temp_offset: "12420",
    in_temp_scale: "2.941176",
  },
});
device(3, { name: "bmp280", in_pressure_input: "100.653", in_temp_input: "25080" });
device(4, { name: "twin", in_voltage0_raw: "1" });
device(5, { name: "twin", in_voltage0_raw: "1" });
device(6, { name: "empty" });
device(7, { name: "broken", in_voltage0_raw: "x" });

function open(text: string) {
  const uri = parseUri(text);
  if (!uri) throw new Error("no uri");
  return openIio(uri, { ...sensorIo(), root });
}

const refused = (text: string) =>
  open(text)
    .then((sensor) => allBlocks(sensor, 1))
    .then(
      () => "read",
      (error) => String(error.message),
    );

test("raw, offset and scale, shared by a kind, in SI units", async () => {
  const sensor = await open("iio:mpu6050");
  expect(sensor.describe().channels).toEqual([
    { name: "accel_x", unit: "m/s²" },
    { name: "accel_y", unit: "m/s²" },
    { name: "temp", unit: "°C" },
  ]);
  const [x = 0, y = 0, t = 0] = valuesOf(await allBlocks(sensor, 1));
  expect(x).toBeCloseTo(9.797632, 6);
  expect(y).toBeCloseTo(-9.797632, 6);
  expect(t).toBeCloseTo((12_420 - 521) * 2.941176e-3, 9);
  await sensor.close();
});

test("processed values as the driver gives them", async () => {
  const sensor = await open("iio:bmp280?rate=2");
  expect(valuesOf(await allBlocks(sensor, 1))).toEqual([100.653, 25.08]);
  await sensor.close();
});

test("what is not there, is there twice, or gives no number", async () => {
  expect(await refused("iio:adxl")).toMatch(/^SENSOR_MISSING.*only mpu6050, bmp280/);
  expect(await refused("iio:twin")).toMatch(/^SENSOR_MISSING.*2 devices of this name/);
  expect(await refused("iio:empty")).toMatch(/^SENSOR_MISSING.*no channel to read/);
  expect(await refused("iio:broken")).toMatch(/^SENSOR_LOST.*in_voltage0_raw: x/);
  expect(await refused("iio:bmp280?rate=0")).toMatch(/^USAGE/);
});
