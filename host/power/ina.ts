/**
 * ina219|ina226|ina228|ina260|ina3221[:NAME|BUS:ADDRESS][?shunt=OHM&channel=N]: a shunt in the supply's line, through the
 * driver that has the chip (hwmon or IIO), else over I²C. Power is V·I: the chips' own power register rounds coarsely, and
 * the ina3221 has none.
 *
 * The driver takes 10 mΩ where nobody told it; the boards that hobbyists own carry 100 mΩ, and currents are then ten times
 * too high. So the shunt in use is always said.
 */
import { fail } from "../errors.ts";
import { openI2c } from "../linux/i2c.ts";
import { loadSystemCalls } from "../linux/libc.ts";
import type { SystemCalls } from "../linux/system-calls.ts";
import { significant } from "../text.ts";
import { type Clock, secondsToMilliseconds, systemClock } from "../units.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import { INA_CHIPS, type InaKind, type InaReading, readChip, startChip } from "./ina-chips.ts";
import {
  DEFAULT_OHMS,
  type DriverChannel,
  type DriverDevice,
  driverChannel,
  driverDevices,
} from "./ina-drivers.ts";
import type { PowerFacts, PowerMeter } from "./meter.ts";
import { type Every, inBackground, polledMeter } from "./polled.ts";

export type InaOptions = {
  readonly clock?: Clock | undefined;
  readonly every?: Every | undefined;
  readonly root?: string | undefined;
  readonly calls?: SystemCalls | undefined;
};

/** 20 readings a second: what a driver's mean of 35 ms allows, and less than a hundredth of a processor. */
const POLL_MS = 50;
/** Of the shunts on breakout boards. */
const SHUNT_TOLERANCE = 0.01;
const OHMS = [1e-5, 100] as const;

/** A channel that answers, whichever way leads to it. */
type Source = {
  readonly where: string;
  readonly label: string | null;
  readonly method: string;
  readonly ohms: number;
  readonly notes: readonly string[];
  readonly seconds: number;
  /** what rounding adds to the current, ampere */
  readonly stepAmps: number;
  readonly read: () => InaReading;
  readonly close: () => void;
};

type Asked = {
  readonly uri: Uri;
  readonly kind: InaKind;
  readonly ohms: number | null;
  readonly channel: number;
};

/** @throws METER_MISSING, USAGE for a shunt of 0 Ω and for one that nobody knows */
export async function openIna(
  kind: InaKind,
  uri: Uri,
  options: InaOptions = {},
): Promise<PowerMeter> {
  const { clock = systemClock, every = inBackground } = options;
  const asked = askedOf(kind, uri);
  const source = await sourceOf(asked, options);
  const ask = () => {
    const { volts, amps } = source.read();
    return { watts: volts * amps, volts, amps };
  };
  try {
    const periodMs = Math.max(POLL_MS, secondsToMilliseconds(source.seconds));
    const facts = factsOf(asked, source, ask().volts, periodMs);
    return polledMeter(facts, { clock, every, periodMs, ask, close: source.close });
  } catch (error) {
    source.close();
    throw error;
  }
}

function askedOf(kind: InaKind, uri: Uri): Asked {
  const { channels, insideOhms } = INA_CHIPS[kind];
  onlyKeys(uri, [
    ...(insideOhms === null ? ["shunt"] : []),
    ...(channels === 3 ? ["channel"] : []),
  ]);
  const ohms = uri.query.has("shunt") ? numberOf(uri, "shunt", DEFAULT_OHMS, OHMS) : null;
  const channel = numberOf(uri, "channel", 1, [1, 3]);
  if (!Number.isInteger(channel)) fail("USAGE", uri.text, `channel=${channel}`, "1, 2 or 3");
  return { uri, kind, ohms, channel };
}

/** Where the chips of this kind are that a driver has: URIs that open them. A bus is not searched: that writes to chips. */
export function inaHere(kind: InaKind, root: string): string[] {
  const channels = INA_CHIPS[kind].channels === 3 ? [1, 2, 3] : [null];
  return driverDevices(kind, root).flatMap(({ place, name }) =>
    channels.map((k) => `${kind}:${place ?? name}${k === null ? "" : `?channel=${k}`}`),
  );
}

async function sourceOf(asked: Asked, { root = "/", calls }: InaOptions): Promise<Source> {
  const { kind, uri } = asked;
  const here = driverDevices(kind, root);
  const [, bus, address] = /^(\d{1,3}):(0x[0-9a-f]{1,2}|\d{1,3})$/i.exec(uri.rest) ?? [];
  if (bus === undefined || address === undefined) {
    return throughDriver(asked, root, namedOf(asked, here, root));
  }
  const place = `${Number(bus)}:0x${Number(address).toString(16).padStart(2, "0")}`;
  const taken = here.find((one) => one.place === place);
  if (taken) return throughDriver(asked, root, taken);
  const { insideOhms } = INA_CHIPS[kind];
  const ohms = insideOhms ?? asked.ohms ?? unknownShunt(uri);
  return overI2c(asked, ohms, Number(bus), Number(address), root, calls);
}

function unknownShunt({ text }: Uri): never {
  const remedy = "Breakout boards carry 0.1 Ω, marked R100; two points of a multimeter tell.";
  return fail("USAGE", text, "no shunt, which the chip does not know", "?shunt=OHM", remedy);
}

function namedOf({ uri, kind }: Asked, here: readonly DriverDevice[], root: string): DriverDevice {
  const { rest } = uri;
  const found = here.filter(
    ({ name, label, place }) =>
      rest === "" || name === rest || label === rest || place?.replace(":0x", "-00") === rest,
  );
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  const forms = inaHere(kind, root);
  if (only) fail("METER_MISSING", uri.text, `${found.length} of them`, forms.join(" or "));
  const remedy =
    `Name bus and address of a chip without a driver, ${kind}:1:0x40?shunt=0.1 for example: \`i2cdetect -y 1\` shows ` +
    `addresses. Or load the driver: sudo dtoverlay i2c-sensor,${kind},shunt_resistor=100000`;
  const got = forms.length > 0 ? `only ${forms.join(", ")}` : `no ${kind} that a driver has`;
  return fail("METER_MISSING", uri.text, got, rest === "" ? "one" : rest, remedy);
}

function throughDriver(asked: Asked, root: string, device: DriverDevice): Source {
  const channel = driverChannel(root, device, asked.channel);
  const ohms = asked.ohms ?? channel.ohms;
  // the driver divides by its own shunt
  const factor = channel.ohms / ohms;
  const place = device.place === null ? "" : `, I²C ${device.place}`;
  return {
    where: `${device.name}${place}`,
    label: channel.label,
    method: `V·I of ${channel.files}`,
    ohms,
    notes: shuntNotes(asked, channel),
    seconds: channel.seconds,
    stepAmps: (channel.step * factor) / 2,
    read() {
      const { volts, amps } = channel.read();
      return { volts, amps: amps * factor };
    },
    close() {},
  };
}

function shuntNotes({ kind, ohms }: Asked, driver: DriverChannel): string[] {
  const { shuntFrom: from, correction } = driver;
  if (ohms !== null) {
    const factor = significant(driver.ohms / ohms);
    const change = driver.ohms === ohms ? "" : `; its currents are taken times ${factor}`;
    const has = `the driver has ${milliohms(driver.ohms)} (${from})`;
    return [`The shunt in use has ${milliohms(ohms)}, as ?shunt= says; ${has}${change}.`];
  }
  const inUse = `The shunt in use has ${milliohms(driver.ohms)} (${from}).`;
  if (driver.ohms !== DEFAULT_OHMS || INA_CHIPS[kind].insideOhms !== null) return [inUse];
  const write = correction === null ? "" : `, or as root: ${correction}`;
  return [
    inUse,
    "10 mΩ is what the driver takes where nobody told it. Breakout boards carry 100 mΩ, marked R100: with them, current and " +
      `power read ten times too high. Add ?shunt=0.1${write}`,
  ];
}

const milliohms = (ohms: number): string => `${significant(ohms * 1000)} mΩ`;

async function overI2c(
  { kind, channel }: Asked,
  ohms: number,
  bus: number,
  address: number,
  root: string,
  calls: SystemCalls | undefined,
): Promise<Source> {
  const device = openI2c(calls ?? (await loadSystemCalls()), bus, address, {
    root,
    missing: "METER_MISSING",
  });
  try {
    const { settings, insideOhms } = INA_CHIPS[kind];
    const putBack = startChip(device, kind);
    const from = insideOhms === null ? "as ?shunt= says" : "inside the chip";
    return {
      where: device.name,
      label: null,
      method: `V·I of the registers of ${device.name}, means of ${significant(secondsToMilliseconds(settings.seconds))} ms`,
      ohms,
      notes: [`The shunt in use has ${milliohms(ohms)} (${from}).`],
      seconds: settings.seconds,
      stepAmps: 0,
      read: () => readChip(device, kind, channel, ohms),
      close() {
        try {
          putBack();
        } catch {
          // it has gone, and its settings with it
        }
        device.close();
      },
    };
  } catch (error) {
    device.close();
    throw error;
  }
}

/** @param volts of the supply at opening: what an offset of the current is worth in watts */
function factsOf(asked: Asked, source: Source, volts: number, periodMs: number): PowerFacts {
  const { kind, channel, uri } = asked;
  const { gain, offsetVolts, channels } = INA_CHIPS[kind];
  const label = source.label === null ? "" : ` ${source.label}`;
  const three = channels === 3;
  const others = three && !uri.query.has("channel");
  return {
    uri: uri.text,
    name: `${kind.toUpperCase()}${three ? ` channel ${channel}` : ""}${label} (${source.where})`,
    scope: "board",
    quality: "derived",
    reads: true,
    doesNotInclude: ["what does not flow through the shunt", "power supply losses"],
    method: `${source.method}, every ${periodMs} ms`,
    accuracy: {
      gain: Math.hypot(gain, SHUNT_TOLERANCE),
      offsetWatts: Math.abs(volts) * Math.hypot(offsetVolts / source.ohms, source.stepAmps),
      timeSeconds: source.seconds,
      integrates: false,
    },
    sampleRateHz: 1000 / periodMs,
    gapSeconds: (2.5 * periodMs) / 1000,
    notes: [
      ...source.notes,
      ...(others ? ["This is channel 1 of three: ?channel=2 and ?channel=3 are the others."] : []),
    ],
  };
}
