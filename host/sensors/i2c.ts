/**
 * i2c:BUS:ADDRESS?type=mpu6050|adxl345|bme280[&rate=HZ], or any register of any chip:
 * i2c:BUS:ADDRESS?register=0x02&as=u16be[&scale=X&offset=X&unit=U&rate=HZ], whose value is raw · scale + offset.
 */
import { fail } from "../errors.ts";
import { type I2cDevice, openI2c } from "../linux/i2c.ts";
import { loadSystemCalls } from "../linux/libc.ts";
import type { SystemCalls } from "../linux/system-calls.ts";
import { unitOf } from "../units.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import { CHIPS, requireChip } from "./i2c-chips.ts";
import type { SensorOptions } from "./open.ts";
import { polledBlocks } from "./polled.ts";
import type { Block, Range, Sensor, SensorChannel } from "./sensor.ts";

export type I2cSensorOptions = SensorOptions & {
  readonly calls?: SystemCalls;
  readonly root?: string;
};

type Source = {
  readonly what: string;
  readonly channels: readonly SensorChannel[];
  readonly rateHz: number;
  readonly read: () => readonly number[];
  readonly ranges: readonly (Range | null)[];
};

export async function openI2cSensor(
  uri: Uri,
  { clock, waitUntil, say, calls, root = "/" }: I2cSensorOptions,
): Promise<Sensor<Block>> {
  const [, bus, address] = /^(\d{1,3}):(0x[0-9a-f]{1,2}|\d{1,3})$/i.exec(uri.rest) ?? [];
  if (bus === undefined || address === undefined) {
    fail("USAGE", uri.text, uri.rest || "no bus", "i2c:BUS:ADDRESS, such as i2c:1:0x68");
  }
  const wanted = planOf(uri);
  const device = openI2c(calls ?? (await loadSystemCalls()), Number(bus), Number(address), {
    ...{ root, missing: "SENSOR_MISSING" },
  });
  const closed = new AbortController();
  const close = async () => {
    closed.abort();
    device.close();
  };
  try {
    const { what, channels, rateHz, read, ranges } = wanted(device);
    const names = channels.map(({ name, unit }) => (unit ? `${name} in ${unit}` : name));
    say(`${uri.text}: ${what}; channels ${names.join(", ")}, ${rateHz} samples a second`);
    const poll = { rateHz, channels: channels.length, clock, waitUntil };
    return {
      ...{ uri: uri.text, name: `${what} at ${device.name}`, evidence: null, close },
      describe: () => ({ channels, sampleRateHz: rateHz, ranges }),
      [Symbol.asyncIterator]: () => polledBlocks(read, poll, closed.signal),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is wrong in the name is said before the bus is touched. */
function planOf(uri: Uri): (device: I2cDevice) => Source {
  const type = uri.query.get("type");
  if (type === undefined) return registerOf(uri);
  onlyKeys(uri, ["type", "rate", "channel"]);
  const chip = Object.hasOwn(CHIPS, type) ? CHIPS[type] : undefined;
  if (!chip) return fail("USAGE", uri.text, `type=${type}`, Object.keys(CHIPS).join(", "));
  const rateHz = numberOf(uri, "rate", chip.rateHz, [0.001, chip.mostHz]);
  return (device) => {
    requireChip(device, type, chip);
    return { ...chip, rateHz, read: chip.start(device, rateHz) };
  };
}

type Form = readonly [length: number, of: (view: DataView) => number, ends: Range];

/** How a register's bytes are a number: bytes, the number, and the least and the most that they hold. */
const FORMS: Readonly<Record<string, Form>> = {
  u8: [1, (view) => view.getUint8(0), [0, 255]],
  i8: [1, (view) => view.getInt8(0), [-128, 127]],
  u16be: [2, (view) => view.getUint16(0, false), [0, 65_535]],
  i16be: [2, (view) => view.getInt16(0, false), [-32_768, 32_767]],
  u16le: [2, (view) => view.getUint16(0, true), [0, 65_535]],
  i16le: [2, (view) => view.getInt16(0, true), [-32_768, 32_767]],
};

function registerOf(uri: Uri): (device: I2cDevice) => Source {
  onlyKeys(uri, ["register", "as", "scale", "offset", "unit", "rate", "channel"]);
  if (!uri.query.has("register")) {
    const expected = `type=${Object.keys(CHIPS).join("|")}, or register=N&as=${Object.keys(FORMS).join("|")}`;
    return fail("USAGE", uri.text, "neither type nor register", expected);
  }
  const register = numberOf(uri, "register", 0, [0, 255]);
  const as = uri.query.get("as") ?? "u8";
  const form = Object.hasOwn(FORMS, as) ? FORMS[as] : undefined;
  if (!form) return fail("USAGE", uri.text, `as=${as}`, Object.keys(FORMS).join(", "));
  const [length, of, ends] = form;
  const scale = numberOf(uri, "scale", 1, [-1e12, 1e12]);
  const offset = numberOf(uri, "offset", 0, [-1e12, 1e12]);
  const rateHz = numberOf(uri, "rate", 10, [0.001, 1000]);
  const name = `register 0x${register.toString(16).padStart(2, "0")}`;
  const real = (raw: number): number => raw * scale + offset;
  const [one, other] = [real(ends[0]), real(ends[1])];
  return (device) => ({
    // 0 and 255 of a counter, a status or a flag are values as any other: a scale says that something is measured
    ranges: [uri.query.has("scale") ? [Math.min(one, other), Math.max(one, other)] : null],
    what: name,
    channels: [{ name, unit: unitOf(uri.query.get("unit") ?? "") }],
    rateHz,
    read() {
      const bytes = device.readBlock(register, length);
      return [real(of(new DataView(bytes.buffer, bytes.byteOffset, length)))];
    },
  });
}
