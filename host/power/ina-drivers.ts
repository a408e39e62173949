/**
 * Shunt monitors that a driver of the kernel has taken: two drivers claim the same chips, and the first one loaded wins.
 *
 *   sys/class/hwmon/hwmonN/{name,in1_input,curr1_input,shunt_resistor,update_interval}      mV, mA, µΩ, ms
 *   sys/class/hwmon/hwmonN/{in2_label,in2_enable,in2_input,curr2_input,shunt2_resistor}     ina3221: channels 1, 2, 3
 *   sys/bus/iio/devices/iio:deviceN/{name,in_voltage1_*,in_current3_*,in_shunt_resistor}    raw · scale: mV, mA; Ω
 */
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../errors.ts";
import { namesIn, textOf } from "../linux/files.ts";
import { codeOf } from "../linux/system-calls.ts";
import { INA_CHIPS, type InaKind, type InaReading } from "./ina-chips.ts";

export type DriverDevice = {
  /** "hwmon3", "iio:device0" */
  readonly name: string;
  readonly kind: InaKind;
  readonly through: "hwmon" | "iio";
  /** below the root */
  readonly folder: string;
  /** "1:0x40": bus and address; null where the kernel does not tell */
  readonly place: string | null;
  /** what the device tree calls it */
  readonly label: string | null;
};

/** What one channel of a device is read from. */
export type DriverChannel = {
  readonly label: string | null;
  /** the shunt that the driver computes with */
  readonly ohms: number;
  /** who said so */
  readonly shuntFrom: string;
  /** the command that tells the driver of 100 mΩ; null where it cannot be told */
  readonly correction: string | null;
  /** files below the root, for those who want to see */
  readonly files: string;
  /** of a mean that the driver lets the chip take; two conversions of the INA219 where it does not tell */
  readonly seconds: number;
  /** of the current, as the driver rounds it; ampere */
  readonly step: number;
  /** amperes as the driver computes them */
  readonly read: () => InaReading;
};

/** The drivers' default (RSHUNT_DEFAULT of ina2xx, ina2xx-adc, ina238 and ina3221). */
export const DEFAULT_OHMS = 0.01;
const CONVERSIONS_SECONDS = 2 * 532e-6;

const ROOMS = [
  ["hwmon", "sys/class/hwmon", /^hwmon\d+$/],
  ["iio", "sys/bus/iio/devices", /^iio:device\d+$/],
] as const;

export function driverDevices(kind: InaKind, root: string): DriverDevice[] {
  return ROOMS.flatMap(([through, room, pattern]) =>
    namesIn(root, room)
      .filter((name) => pattern.test(name))
      .map((name) => ({ name, through, folder: `${room}/${name}` }))
      .filter(({ folder }) => textOf(root, `${folder}/name`) === kind)
      .map((one) => ({
        ...one,
        kind,
        place: placeOf(root, one.folder),
        label: textOf(root, `${one.folder}/label`),
      })),
  );
}

/** A device of the bus is a folder "1-0040" on the way to it. */
function placeOf(root: string, folder: string): string | null {
  for (const path of [`${folder}/device`, folder]) {
    try {
      const real = realpathSync(join(root, path));
      const [, bus, address] = /\/(\d+)-00([0-9a-f]{2})(?:\/|$)/.exec(real) ?? [];
      if (bus !== undefined) return `${bus}:0x${address}`;
    } catch {
      // no such link: the folder itself may lie there
    }
  }
  return null;
}

/** @throws METER_MISSING where the channel is off, or its shunt cannot be */
export function driverChannel(root: string, device: DriverDevice, channel: number): DriverChannel {
  return device.through === "iio" ? iioChannel(root, device) : hwmonChannel(root, device, channel);
}

function hwmonChannel(root: string, device: DriverDevice, channel: number): DriverChannel {
  const { folder, kind } = device;
  const three = INA_CHIPS[kind].channels === 3;
  const enable = `${folder}/in${channel}_enable`;
  if (textOf(root, enable) === "0") {
    const remedy = `echo 1 | sudo tee /${enable}`;
    fail("METER_MISSING", `/${enable}`, "a channel that is off", "1", remedy);
  }
  const [bus, current] = [`${folder}/in${channel}_input`, `${folder}/curr${channel}_input`];
  const interval = Number(textOf(root, `${folder}/update_interval`) ?? Number.NaN);
  return {
    label: three ? textOf(root, `${folder}/in${channel}_label`) : device.label,
    ...hwmonShunt(root, device, `${folder}/shunt${three ? channel : ""}_resistor`),
    files: `/${bus} · curr${channel}_input`,
    seconds: interval > 0 ? interval / 1000 : CONVERSIONS_SECONDS,
    step: 0.001,
    read: () => ({ volts: numberIn(root, bus) / 1000, amps: numberIn(root, current) / 1000 }),
  };
}

function iioChannel(root: string, device: DriverDevice): DriverChannel {
  const { folder, label } = device;
  const file = (name: string) => `${folder}/in_${name}`;
  const scaled = (name: string) =>
    (numberIn(root, file(`${name}_raw`)) * numberIn(root, file(`${name}_scale`))) / 1000;
  const shunt = file("shunt_resistor");
  return {
    label,
    ohms: aboveZero(shunt, numberIn(root, shunt), "ohms"),
    shuntFrom: `/${shunt}`,
    correction: `echo 0.1 > /${shunt}`,
    files: `/${file("voltage1_raw")} · in_current3_raw`,
    seconds: CONVERSIONS_SECONDS,
    step: numberIn(root, file("current3_scale")) / 1000,
    read: () => ({ volts: scaled("voltage1"), amps: scaled("current3") }),
  };
}

/** Some drivers do not show their shunt: it is then that of the device tree, and without one the default. */
function hwmonShunt(
  root: string,
  { folder, kind }: DriverDevice,
  path: string,
): Pick<DriverChannel, "ohms" | "shuntFrom" | "correction"> {
  const { insideOhms } = INA_CHIPS[kind];
  if (insideOhms !== null)
    return { ohms: insideOhms, shuntFrom: "inside the chip", correction: null };
  const said = textOf(root, path);
  if (said !== null) {
    const ohms = aboveZero(path, said === "" ? Number.NaN : Number(said), "µΩ") / 1e6;
    return { ohms, shuntFrom: `/${path}`, correction: `echo 100000 > /${path}` };
  }
  const tree = `${folder}/device/of_node/shunt-resistor`;
  const micro = deviceTreeNumber(root, tree);
  if (micro !== null) {
    const ohms = aboveZero(tree, micro, "µΩ") / 1e6;
    return { ohms, shuntFrom: `/${tree}`, correction: null };
  }
  const shuntFrom = "the driver's default, which it does not show";
  return { ohms: DEFAULT_OHMS, shuntFrom, correction: null };
}

function aboveZero(path: string, value: number, unit: string): number {
  if (value > 0 && Number.isFinite(value)) return value;
  const remedy = `Write what the shunt has into /${path}; its part is often marked R100 for 0.1 Ω.`;
  return fail("METER_MISSING", `/${path}`, `${value}`, `${unit} above 0`, remedy);
}

/** Numbers of the device tree have the high byte first. */
function deviceTreeNumber(root: string, path: string): number | null {
  try {
    return readFileSync(join(root, path)).readUInt32BE(0);
  } catch {
    return null;
  }
}

function numberIn(root: string, path: string): number {
  let text: string;
  try {
    text = readFileSync(join(root, path), "utf8").trim();
  } catch (cause) {
    const got = codeOf(cause) ?? "an error";
    const remedy = "Check the wiring, and what `dmesg` says of the driver.";
    return fail("METER_MISSING", `/${path}`, got, "a number", remedy, { cause });
  }
  const value = text === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  return fail("METER_MISSING", `/${path}`, JSON.stringify(text), "a number");
}
