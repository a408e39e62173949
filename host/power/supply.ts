/**
 * supply[:NAME]: a battery or supply that a driver of Linux measures (Documentation/ABI/testing/sysfs-class-power).
 *
 *   sys/class/power_supply/NAME/{type,status,scope,power_now,voltage_now,current_now}    µW, µV, µA
 *
 * Every such device is a hwmon device too, rounded to mV and mA: it is the same instrument, and never added.
 *
 * A battery tells what the computer draws only while it is discharged: on a charger its current is that of the charge. The
 * sign of current_now differs from driver to driver and says nothing; status does.
 */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../errors.ts";
import { namesIn, textOf } from "../linux/files.ts";
import { type Clock, MICRO, secondsToMilliseconds, systemClock } from "../units.ts";
import { onlyKeys, type Uri } from "../uri.ts";
import type { PowerFacts, PowerMeter } from "./meter.ts";
import { type Asked, type Every, inBackground, polledMeter } from "./polled.ts";
import { wholeNumberIn } from "./sysfs.ts";

export type SupplyOptions = {
  readonly clock?: Clock | undefined;
  readonly every?: Every | undefined;
  readonly root?: string | undefined;
};

const ROOM = "sys/class/power_supply";
/** Gauges renew their readings about once a second. */
const PERIOD_SECONDS = 1;
/** USB-C controllers give here what was agreed upon with the charger, and measure nothing. */
const AGREED = /^(ucsi-source-psy|tcpm-source-psy)/;

type Supply = { readonly name: string; readonly battery: boolean; readonly powerFile: boolean };

/** @throws METER_MISSING where nothing is measured, or not what the computer draws */
export async function openSupply(uri: Uri, options: SupplyOptions = {}): Promise<PowerMeter> {
  onlyKeys(uri, []);
  const { clock = systemClock, every = inBackground, root = "/" } = options;
  const supplies = chosen(uri, root);
  const ask = () => together(uri.text, root, supplies);
  ask();
  const periodMs = secondsToMilliseconds(PERIOD_SECONDS);
  return polledMeter(factsOf(uri, root, supplies), { clock, every, periodMs, ask, close() {} });
}

/** Those that measure what they give to this computer: neither a mouse's battery nor an agreement. */
function suppliesIn(root: string): Supply[] {
  const text = (name: string, file: string) => textOf(root, `${ROOM}/${name}/${file}`);
  return namesIn(root, ROOM)
    .filter((name) => text(name, "scope") !== "Device" && !AGREED.test(name))
    .filter((name) => text(name, "present") !== "0")
    .map((name) => ({
      name,
      battery: text(name, "type") === "Battery",
      powerFile: text(name, "power_now") !== null,
      product: text(name, "voltage_now") !== null && text(name, "current_now") !== null,
    }))
    .filter(({ powerFile, product }) => powerFile || product);
}

/** Batteries feed the computer together, or one after the other: without a name all of them are one meter. */
function chosen({ text, rest }: Uri, root: string): readonly Supply[] {
  const all = suppliesIn(root);
  const named = all.filter(({ name }) => name === rest);
  const batteries = all.filter(({ battery }) => battery);
  const found = rest === "" ? (batteries.length > 0 ? batteries : all) : named;
  const [first, ...others] = found;
  const names = all.map(({ name }) => `supply:${name}`).join(", ");
  if (!first) {
    const there = namesIn(root, ROOM).join(", ");
    const got = names !== "" ? `only ${names}` : `${there || "no supply"}, which measures no power`;
    const remedy = "Name another meter: most computers have none in their supply.";
    return fail("METER_MISSING", text, got, rest || "a supply with power_now", remedy);
  }
  if (others.length === 0 || first.battery) return found;
  const remedy = "Name the one that this computer is fed by.";
  return fail("METER_MISSING", text, `${found.length} of them`, `one of ${names}`, remedy);
}

/** Sum over the supplies. Volts and amperes only where there is one. */
function together(uri: string, root: string, supplies: readonly Supply[]): Asked {
  const flowing = supplies.filter((supply) => flows(uri, root, supply));
  if (flowing.length === 0) {
    const remedy =
      "Pull the charger's plug: on it, a battery does not show what the computer draws.";
    fail("METER_MISSING", uri, statusOf(root, supplies), "a battery that is discharged", remedy);
  }
  const each = flowing.map((supply) => read(root, supply));
  const watts = each.reduce((sum, asked) => sum + asked.watts, 0);
  if (watts > 0) return each.length === 1 ? { ...each[0], watts } : { watts };
  const remedy = "This gauge does not measure: name another meter.";
  return fail("METER_MISSING", uri, "0 W of a computer that runs", "more", remedy);
}

/** A battery that charges beside one that is discharged is fed by a charger, or by the other: neither is a reading. */
function flows(uri: string, root: string, { name, battery }: Supply): boolean {
  if (!battery) return textOf(root, `${ROOM}/${name}/online`) !== "0";
  const status = textOf(root, `${ROOM}/${name}/status`);
  if (status === "Charging") {
    const remedy = "Pull the charger's plug: its power is not what the computer draws.";
    fail("METER_MISSING", uri, `${name} is charging`, "a battery that is discharged", remedy);
  }
  return status === "Discharging";
}

const statusOf = (root: string, supplies: readonly Supply[]): string =>
  supplies
    .map(({ name, battery }) => {
      const file = battery ? "status" : "online";
      return `${name} ${file} ${textOf(root, `${ROOM}/${name}/${file}`) ?? "unknown"}`;
    })
    .join(", ");

function read(root: string, { name, powerFile }: Supply): Asked {
  const number = (file: string) => wholeNumberIn(root, `${ROOM}/${name}/${file}`) * MICRO;
  if (powerFile) return { watts: Math.abs(number("power_now")) };
  const [volts, amps] = [number("voltage_now"), Math.abs(number("current_now"))];
  return { watts: Math.abs(volts * amps), volts, amps };
}

/** The hwmon devices of the same instruments. */
function twinsOf(root: string, supplies: readonly Supply[]): string[] {
  const real = (path: string): string | null => {
    try {
      return realpathSync(join(root, path));
    } catch {
      return null;
    }
  };
  const own = supplies.map(({ name }) => real(`${ROOM}/${name}`));
  return namesIn(root, "sys/class/hwmon").filter((name) => {
    const device = real(`sys/class/hwmon/${name}/device`);
    return device !== null && own.includes(device);
  });
}

function factsOf(uri: Uri, root: string, supplies: readonly Supply[]): PowerFacts {
  const names = supplies.map(({ name }) => name).join(" + ");
  const files = supplies.map(({ name, powerFile }) =>
    powerFile ? `/${ROOM}/${name}/power_now` : `|voltage_now · current_now| of /${ROOM}/${name}`,
  );
  const twins = twinsOf(root, supplies);
  return {
    uri: uri.text,
    name: `supply ${names}`,
    scope: "board",
    quality: supplies.length === 1 && supplies[0]?.powerFile ? "measured" : "derived",
    reads: true,
    doesNotInclude: ["power supply losses"],
    method: `${files.join(" + ")}, every ${PERIOD_SECONDS} s`,
    // a gauge's maker states none, and when it measured nobody knows within its period
    accuracy: { gain: 0, offsetWatts: 0, timeSeconds: PERIOD_SECONDS, integrates: false },
    sampleRateHz: 1 / PERIOD_SECONDS,
    gapSeconds: 2.5 * PERIOD_SECONDS,
    notes: [
      "No accuracy of this gauge is known: bounds hold the scatter of its readings alone. It sees the whole computer, its screen too.",
      ...(twins.length > 0
        ? [`${twins.join(", ")} is the same instrument, rounded: it is not added.`]
        : []),
    ],
  };
}
