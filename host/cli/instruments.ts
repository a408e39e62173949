/** Sensors and meters that are here: each as a URI that can be given to --input or --meter. */
import { join } from "node:path";
import { TwentyWattError } from "../errors.ts";
import type { PortInfo } from "../lines/index.ts";
import { namesIn, textOf } from "../linux/files.ts";
import type { Scope } from "../power/index.ts";
import type { GpioSupport } from "../sensors/gpio.ts";

export type SensorHere = { readonly uri: string; readonly what: string };
export type MeterHere = { readonly uri: string; readonly what: string; readonly scope: Scope };

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
    .flatMap(({ form, what }) => alternatives(form).map((uri) => ({ uri, what })));
  return [...serial, ...gpio, ...buses, ...iio, ...everywhere];
}

/** "sim:a|b[?seed=N]" is sim:a and sim:b. */
function alternatives(form: string): string[] {
  const [, kind = "", names = ""] = /^(\w+:)([^[]*)/.exec(form) ?? [];
  return names.split("|").map((name) => `${kind}${name}`);
}

/** @param root where /sys stands. Every meter is opened once and closed: what cannot be read is not listed. */
export async function metersHere(root = "/"): Promise<MeterHere[]> {
  const { openMeter } = await import("../power/index.ts");
  const found: MeterHere[] = [];
  for (const uri of ["rapl", "rapl:psys", "estimate"]) {
    try {
      const meter = openMeter(uri, { root: join(root, "sys/class/powercap") });
      found.push({ uri: meter.uri, what: meter.name, scope: meter.scope });
      await meter.close();
    } catch (error) {
      if (!(error instanceof TwentyWattError)) throw error;
    }
  }
  return found;
}
