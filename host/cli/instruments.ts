/** Sensors that are here: each as a URI that can be given to --input. */
import { join } from "node:path";
import type { PortInfo } from "../lines/index.ts";
import { namesIn, soundInputs, textOf } from "../linux/files.ts";
import type { GpioSupport } from "../sensors/gpio.ts";

export type SensorHere = { readonly uri: string; readonly what: string };

/**
 * Ports with USB ids, chips with lines, and what is there on every computer: files and simulations, as their forms.
 *
 * @param ports   of this computer
 * @param support of GPIO on it
 */
export async function sensorsHere(
  ports: readonly PortInfo[],
  { chips }: Pick<GpioSupport, "chips">,
): Promise<SensorHere[]> {
  const { identityOf, identityText } = await import("../lines/index.ts");
  const { HEADER_CHIPS } = await import("../sensors/gpio-header.ts");
  const { sensorForms } = await import("../sensors/open.ts");
  const serial = ports.flatMap((port) => {
    const identity = identityOf(port);
    const what = `lines of numbers from ${port.path}${port.manufacturer ? `, ${port.manufacturer}` : ""}`;
    return identity ? [{ uri: `serial:${identityText(identity)}`, what }] : [];
  });
  const gpio = chips.map(({ label, lines, backend }) => {
    const header = HEADER_CHIPS.includes(label);
    const what = header ? "lines of the header, by BCM number" : `lines 0 to ${lines - 1}`;
    return {
      uri: header ? "gpio:BCM" : `gpio:${label}:OFFSET`,
      what: `${what}, through ${backend}`,
    };
  });
  const buses = namesIn("/", "dev").flatMap((name) => {
    const bus = /^i2c-(\d+)$/.exec(name)?.[1];
    const form = `i2c:${bus}:ADDRESS?type=CHIP`;
    return bus === undefined ? [] : [{ uri: form, what: "chips on this bus" }];
  });
  const devices = "sys/bus/iio/devices";
  const iio = namesIn("/", devices).flatMap((folder) => {
    const name = textOf("/", join(devices, folder, "name"));
    return name ? [{ uri: `iio:${name}`, what: "a driver of the kernel" }] : [];
  });
  const everywhere = sensorForms()
    .filter(({ form }) => !/^(gpio|serial|i2c|iio):/.test(form))
    .filter(({ form }) => !form.startsWith("mic:") || soundInputs("/").length > 0)
    .flatMap(({ form, what }) => alternatives(form).map((uri) => ({ uri, what })));
  return [...serial, ...gpio, ...buses, ...iio, ...everywhere];
}

/** "sim:a|b[?seed=N]" is sim:a and sim:b. */
function alternatives(form: string): string[] {
  const [, kind = "", names = ""] = /^(\w+:)([^[]*)/.exec(form) ?? [];
  return names.split("|").map((name) => `${kind}${name}`);
}
