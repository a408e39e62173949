/**
 * iio:NAME[?rate=HZ]: what a driver of the kernel's industrial I/O offers (Documentation/ABI/testing/sysfs-bus-iio):
 * (raw + offset) · scale of every channel, in SI units.
 */
import { join } from "node:path";
import { fail } from "../errors.ts";
import { namesIn, textOf } from "../linux/files.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import type { SensorOptions } from "./open.ts";
import { polledBlocks } from "./polled.ts";
import type { Block, Range, Sensor } from "./sensor.ts";

export type IioOptions = SensorOptions & { readonly root?: string };

/** By kind of channel: the unit, and how many of the kernel's units it is. */
const UNITS: Readonly<Record<string, readonly [unit: string, divisor: number]>> = {
  accel: ["m/s²", 1],
  anglvel: ["rad/s", 1],
  magn: ["G", 1],
  temp: ["°C", 1000],
  voltage: ["V", 1000],
  current: ["A", 1000],
  power: ["W", 1000],
  pressure: ["kPa", 1],
  humidityrelative: ["%", 1000],
  illuminance: ["lx", 1],
  proximity: ["", 1],
  intensity: ["", 1],
};

type Channel = {
  readonly name: string;
  readonly unit: string;
  readonly read: () => number;
  readonly range: Range | null;
};

export async function openIio(
  uri: Uri,
  { clock, waitUntil, say, root = "/" }: IioOptions,
): Promise<Sensor<Block>> {
  onlyKeys(uri, ["rate", "channel"]);
  const rateHz = numberOf(uri, "rate", 10, [0.001, 1000]);
  const folder = folderOf(uri, join(root, "sys/bus/iio/devices"));
  const channels = channelsOf(uri.text, folder);
  const described = channels.map(({ name, unit }) => ({ name, unit }));
  const names = described.map(({ name, unit }) => (unit ? `${name} in ${unit}` : name));
  say(`${uri.text}: channels ${names.join(", ")}, ${rateHz} samples a second`);
  const closed = new AbortController();
  const poll = { rateHz, channels: channels.length, clock, waitUntil };
  const read = () => channels.map((channel) => channel.read());
  return {
    ...{ uri: uri.text, name: `IIO device ${uri.rest}`, evidence: null },
    describe: () => ({
      channels: described,
      sampleRateHz: rateHz,
      ranges: channels.map(({ range }) => range),
    }),
    close: async () => closed.abort(),
    [Symbol.asyncIterator]: () => polledBlocks(read, poll, closed.signal),
  };
}

/** Devices have names of their own; their numbers change. */
function folderOf({ text, rest }: Uri, devices: string): string {
  const folders = namesIn(devices, ".")
    .filter((one) => one.startsWith("iio:device"))
    .map((one) => ({ path: join(devices, one), name: textOf(devices, join(one, "name")) }));
  const found = folders.filter(({ name }) => name === rest);
  const [only, ...others] = found;
  if (only && others.length === 0) return only.path;
  const got = others.length > 0 ? `${found.length} devices of this name` : seen(folders);
  const remedy = "Name one that is there; load its driver where none is.";
  return fail("SENSOR_MISSING", text, got, "one IIO device", remedy);
}

const seen = (folders: readonly { readonly name: string | null }[]): string =>
  folders.length === 0
    ? "no IIO device"
    : `only ${folders.map(({ name }) => name ?? "one without a name").join(", ")}`;

function channelsOf(where: string, folder: string): readonly Channel[] {
  const files = namesIn(folder, ".");
  const names = files.flatMap((file) => /^in_(.+)_(raw|input)$/.exec(file)?.[1] ?? []);
  const channels = [...new Set(names)].sort().map((name) => channelOf(where, folder, files, name));
  if (channels.length > 0) return channels;
  return fail("SENSOR_MISSING", where, "no channel to read", "in_…_raw or in_…_input");
}

function channelOf(where: string, folder: string, files: readonly string[], name: string): Channel {
  const kind = /^[a-z]+/.exec(name)?.[0] ?? "";
  const [unit, divisor] = UNITS[kind] ?? ["", 1];
  // what holds for all channels of a kind stands once: in_accel_scale
  const shared = (what: string, standard: number): number => {
    const file = [`in_${name}_${what}`, `in_${kind}_${what}`].find((one) => files.includes(one));
    return file === undefined ? standard : numberIn(where, join(folder, file));
  };
  const scale = shared("scale", 1);
  const offset = shared("offset", 0);
  const processed = files.includes(`in_${name}_input`);
  const path = join(folder, `in_${name}_${processed ? "input" : "raw"}`);
  const real = (value: number): number => (processed ? value : (value + offset) * scale) / divisor;
  const available = textOf("/", `${path}_available`);
  return {
    ...{ name, unit },
    read: () => real(numberIn(where, path)),
    range: available === null ? null : rangeIn(available, real),
  };
}

/** "[0 1 4095]": the least, the step and the most, as the kernel writes ranges (Documentation/ABI/testing/sysfs-bus-iio). */
function rangeIn(text: string, real: (value: number) => number): Range | null {
  const [, low, high] = /^\[(-?[\d.]+) [\d.]+ (-?[\d.]+)\]$/.exec(text) ?? [];
  if (low === undefined || high === undefined) return null;
  const [one, other] = [real(Number(low)), real(Number(high))];
  return [Math.min(one, other), Math.max(one, other)];
}

function numberIn(where: string, path: string): number {
  const text = textOf("/", path);
  const value = text === null || text === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  return fail("SENSOR_LOST", where, `${path}: ${text ?? "not readable"}`, "a number");
}
