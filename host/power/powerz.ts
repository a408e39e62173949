/**
 * powerz[:NAME]: ChargerLAB's POWER-Z KM002C and KM003C in a USB line, through Linux's driver of that name (6.6 and later).
 *
 *   sys/class/hwmon/hwmonN/{name,in0_input,curr1_input}      "powerz"; mV and mA of VBUS, rounded towards 0
 *
 * It has no file of power: watts are V·I. The sign of the current is its direction through the meter.
 */
import { fail } from "../errors.ts";
import { namesIn, textOf } from "../linux/files.ts";
import { systemClock } from "../units.ts";
import { onlyKeys, type Uri } from "../uri.ts";
import type { InaOptions } from "./ina.ts";
import type { PowerMeter } from "./meter.ts";
import { inBackground, polledMeter } from "./polled.ts";
import { wholeNumberIn } from "./sysfs.ts";
import { usbFacts } from "./usb-facts.ts";

const ROOM = "sys/class/hwmon";
/** Each of the two numbers is asked for over USB, within 5 ms. */
const PERIOD_MS = 50;
const GAIN = 0.005;
/** A milliampere and a millivolt that rounding takes away, at 5 V and 1 A. */
const OFFSET_WATTS = 0.006;

const devices = (root: string): readonly string[] =>
  namesIn(root, ROOM).filter((name) => textOf(root, `${ROOM}/${name}/name`) === "powerz");

export const powerzHere = (root: string): readonly string[] =>
  devices(root).map((name) => `powerz:${name}`);

/** @throws METER_MISSING where the driver has none, or more than one is meant */
export function openPowerz(uri: Uri, options: Omit<InaOptions, "calls"> = {}): PowerMeter {
  const { clock = systemClock, every = inBackground, root = "/" } = options;
  onlyKeys(uri, []);
  const name = chosen(uri, root);
  const number = (file: string): number => wholeNumberIn(root, `${ROOM}/${name}/${file}`) / 1000;
  const ask = () => {
    const [volts, amps] = [number("in0_input"), number("curr1_input")];
    return { watts: volts * amps, volts, amps };
  };
  ask();
  const facts = usbFacts(uri, {
    name: `ChargerLAB POWER-Z (${name})`,
    periodSeconds: PERIOD_MS / 1000,
    ageSeconds: PERIOD_MS / 1000,
    gain: GAIN,
    offsetWatts: OFFSET_WATTS,
  });
  const files = `/${ROOM}/${name}/in0_input · curr1_input`;
  const method = facts.method.replace("its own watts", `V·I of ${files}`);
  const close = (): void => {};
  return polledMeter(
    { ...facts, quality: "derived", method },
    { clock, every, periodMs: PERIOD_MS, ask, close },
  );
}

function chosen({ text, rest }: Uri, root: string): string {
  const here = devices(root);
  const [only, ...others] = here.filter((name) => rest === "" || name === rest);
  if (only !== undefined && others.length === 0) return only;
  const forms = powerzHere(root);
  if (only !== undefined) {
    return fail("METER_MISSING", text, `${here.length} of them`, forms.join(" or "));
  }
  const got = forms.length > 0 ? `only ${forms.join(", ")}` : "none that a driver has";
  const remedy =
    "Plug its USB socket for the computer in, and load the driver: `sudo modprobe powerz`, Linux 6.6 or later.";
  return fail("METER_MISSING", text, got, rest === "" ? "a POWER-Z" : rest, remedy);
}
