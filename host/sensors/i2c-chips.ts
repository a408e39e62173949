/** Chips on an I²C bus, one row each: how they are known, woken and read. Registers and scales from their data sheets. */
import { fail } from "../errors.ts";
import type { I2cDevice } from "../linux/i2c.ts";
import { compensation } from "./bme280.ts";
import type { Range, SensorChannel } from "./sensor.ts";

export type Chip = {
  readonly what: string;
  readonly channels: readonly SensorChannel[];
  /** samples a second, where none is asked for */
  readonly rateHz: number;
  /** of each channel, as its words and its scale have it */
  readonly ranges: readonly (Range | null)[];
  readonly mostHz: number;
  /** register and value that tell it from others */
  readonly identity: { readonly register: number; readonly values: readonly number[] };
  /** Wakes it. @returns what reads one sample, in the channels' units */
  readonly start: (device: I2cDevice, rateHz: number) => () => readonly number[];
};

/** m/s², by definition (CGPM 1901) */
const STANDARD_GRAVITY = 9.80665;
const DEGREE = Math.PI / 180;

const named = (unit: string, ...names: readonly string[]): SensorChannel[] =>
  names.map((name) => ({ name, unit }));

const three = (range: Range): readonly Range[] => [range, range, range];

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** InvenSense RM-MPU-6000A: ±2 g of 16,384 and ±250 °/s of 131 a unit; words with the high byte first. */
const mpu6050: Chip = {
  what: "MPU-6050, acceleration and turning",
  channels: [...named("m/s²", "ax", "ay", "az"), ...named("rad/s", "gx", "gy", "gz")],
  rateHz: 100,
  ranges: [
    ...three([(-32_768 / 16_384) * STANDARD_GRAVITY, (32_767 / 16_384) * STANDARD_GRAVITY]),
    ...three([(-32_768 / 131) * DEGREE, (32_767 / 131) * DEGREE]),
  ],
  mostHz: 1000,
  identity: { register: 0x75, values: [0x68] },
  start(device) {
    device.writeByte(0x6b, 0x01); // PWR_MGMT_1: awake, clocked by a gyroscope
    device.writeByte(0x1b, 0x00); // GYRO_CONFIG
    device.writeByte(0x1c, 0x00); // ACCEL_CONFIG
    return () => {
      // ACCEL_XOUT_H, six words and the temperature between them: one transaction, one moment
      const view = viewOf(device.readBlock(0x3b, 14));
      const word = (k: number) => view.getInt16(2 * k, false);
      const acceleration = [0, 1, 2].map((k) => (word(k) / 16_384) * STANDARD_GRAVITY);
      return [...acceleration, ...[4, 5, 6].map((k) => (word(k) / 131) * DEGREE)];
    };
  },
};

/** Analog Devices ADXL345 rev. G: full resolution, 256 a g; words with the low byte first. */
const adxl345: Chip = {
  what: "ADXL345, acceleration",
  channels: named("m/s²", "ax", "ay", "az"),
  rateHz: 100,
  // full resolution at ±16 g has 13 bits
  ranges: three([(-4096 / 256) * STANDARD_GRAVITY, (4095 / 256) * STANDARD_GRAVITY]),
  mostHz: 3200,
  identity: { register: 0x00, values: [0xe5] },
  start(device, rateHz) {
    // BW_RATE: 0x0f is 3,200 samples a second, each step less half of it
    const code = Math.max(0, Math.min(15, 15 - Math.floor(Math.log2(3200 / rateHz))));
    device.writeByte(0x2c, code);
    device.writeByte(0x31, 0x0b); // DATA_FORMAT: full resolution, ±16 g
    device.writeByte(0x2d, 0x08); // POWER_CTL: measure
    return () => {
      const view = viewOf(device.readBlock(0x32, 6));
      return [0, 1, 2].map((k) => (view.getInt16(2 * k, true) / 256) * STANDARD_GRAVITY);
    };
  },
};

/** Bosch BST-BME280-DS002: temperature, pressure, humidity, all once oversampled. */
const bme280: Chip = {
  what: "BME280, temperature, pressure, humidity",
  channels: [...named("°C", "temperature"), ...named("Pa", "pressure"), ...named("%", "humidity")],
  rateHz: 1,
  // temperature and pressure depend on constants of each chip; its humidity is held between these
  ranges: [null, null, [0, 100]],
  mostHz: 50,
  identity: { register: 0xd0, values: [0x60] },
  start(device) {
    device.writeByte(0xf2, 0x01); // ctrl_hum, which the next write makes valid
    device.writeByte(0xf4, 0x27); // ctrl_meas: both once, again and again
    const low = device.readBlock(0x88, 26);
    const high = device.readBlock(0xe1, 7);
    const compensate = compensation(low, high);
    return () => {
      const data = device.readBlock(0xf7, 8);
      const byte = (k: number) => viewOf(data).getUint8(k);
      const pressure = (byte(0) << 12) | (byte(1) << 4) | (byte(2) >> 4);
      const temperature = (byte(3) << 12) | (byte(4) << 4) | (byte(5) >> 4);
      const humidity = (byte(6) << 8) | byte(7);
      // what the chip shows before its first measurement
      if (temperature === 0x80000)
        fail("SENSOR_LOST", device.name, "no measurement", "one after 10 ms");
      return compensate(temperature, pressure, humidity);
    };
  },
};

export const CHIPS: Readonly<Record<string, Chip>> = { mpu6050, adxl345, bme280 };

/** @throws SENSOR_MISSING where something else answers */
export function requireChip(device: I2cDevice, type: string, { identity }: Chip): void {
  const { register, values } = identity;
  const id = device.readByte(register);
  if (values.includes(id)) return;
  const hex = (value: number) => `0x${value.toString(16).padStart(2, "0")}`;
  const got = `${hex(id)} in register ${hex(register)}`;
  const remedy = "Another chip answers at this address: check type= and the address.";
  fail("SENSOR_MISSING", device.name, got, `${values.map(hex).join(" or ")} of a ${type}`, remedy);
}
