/** What doctor finds of meters: those on serial ports and rails that may not be opened, and what the user's file says. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { TwentyWattError } from "../errors.ts";
import type { PortInfo } from "../lines/index.ts";
import { matches, parsePort } from "../lines/serial-ports.ts";
import { textOf } from "../linux/files.ts";
import { type Finding, ok, problem, refusedDevices, warning } from "./doctor-checks.ts";
import type { Patient } from "./doctor-host.ts";

/** Meters that are serial ports with ids of their own. */
const SERIAL_METERS: Readonly<Record<string, string>> = {
  "1915:c00a": "Nordic PPK2",
  "0483:5740": "ST LPM01A",
};

const meterAt = ({ vendorId, productId }: PortInfo): string | undefined =>
  SERIAL_METERS[`${vendorId}:${productId}`.toLowerCase()];

/** Their ports. */
export const meterPorts = (ports: readonly PortInfo[]): string[] =>
  ports.filter((port) => meterAt(port) !== undefined).map(({ path }) => path);

/** A finding for each meter whose ports this user may not open: it has two, and one rule. */
export function meterPortFindings(who: Patient, ports: readonly PortInfo[]): Finding[] {
  const refused = ports.filter(
    (port) => meterAt(port) !== undefined && !who.may(port.path.slice(1), "write"),
  );
  const kinds = new Set(refused.map(({ vendorId, productId }) => `${vendorId}:${productId}`));
  return [...kinds].map((kind) => {
    const own = refused.filter(({ vendorId, productId }) => `${vendorId}:${productId}` === kind);
    const [vendorId, productId] = kind.toLowerCase().split(":");
    const rule = `SUBSYSTEM=="tty", ATTRS{idVendor}=="${vendorId}", ATTRS{idProduct}=="${productId}", TAG+="uaccess"`;
    const fix = `echo '${rule}' | sudo tee /etc/udev/rules.d/70-twentywatt-${vendorId}-${productId}.rules && sudo udevadm trigger`;
    const where = own.map(({ path }) => path).join(", ");
    return problem(`permission denied: the meter ${SERIAL_METERS[kind.toLowerCase()]}`, where, fix);
  });
}

const PI5 = "Raspberry Pi 5";

/** The power controller of a Raspberry Pi 5 speaks through its firmware's device. */
export function pmicFindings(who: Patient): Finding[] {
  if (!textOf(who.root, "proc/device-tree/model")?.startsWith(PI5)) return [];
  return refusedDevices(who, /^vcio(_gencmd)?$/, {
    ...{ group: "video", subsystem: "vcio", match: 'KERNEL=="vcio*"' },
  });
}

/** The file that says of meters what they cannot know themselves, and whether those are here that it names. */
export async function settingsFindings(
  who: Patient,
  ports: readonly PortInfo[],
): Promise<Finding[]> {
  const { settingsFile: file } = who;
  if (file === null || !existsSync(file)) return [];
  const { meterKinds, readSettings } = await import("../power/index.ts");
  const edit = `"\${EDITOR:-nano}" '${file}'`;
  try {
    const settings = readSettings(file, meterKinds());
    const uris = Object.keys(settings?.meters ?? {});
    const missing: Finding[] = [];
    for (const uri of uris) {
      const why = await whyMissing(uri, who, ports);
      if (why === null) continue;
      const what = `the meter ${uri}, which this file describes, is missing: ${why}`;
      missing.push(warning(what, file, "twentywatt devices"));
    }
    if (missing.length > 0 || uris.length === 0) return missing;
    return [ok(`describes ${uris.join(", ")}`, file, "twentywatt help meters")];
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.problems.map(({ where, got, expected, remedy }) =>
      problem(
        `${where.slice(file.length + 2)}: ${got}, expected ${expected}. ${remedy}`,
        file,
        edit,
      ),
    );
  }
}

/** Where there is nothing to open. Ports are not opened, which would reset boards, and no network is asked. */
async function whyMissing(
  uri: string,
  who: Patient,
  ports: readonly PortInfo[],
): Promise<string | null> {
  const [, kind = "", rest = ""] = /^([a-z0-9]+):?(.*)$/s.exec(uri) ?? [];
  if (["shelly", "tasmota", "sim", "estimate"].includes(kind)) return null;
  if (rest.startsWith("/")) {
    const [path = ""] = rest.split("@");
    return existsSync(join(who.root, path)) ? null : `no ${path}`;
  }
  const [, bus] = /^(\d+):(0x)?[0-9a-f]+$/i.exec(rest) ?? [];
  if (bus !== undefined && kind.startsWith("ina")) {
    return existsSync(join(who.root, `dev/i2c-${bus}`)) ? null : `no /dev/i2c-${bus}`;
  }
  if (/^[0-9a-f]{4}:[0-9a-f]{4}/i.test(rest)) {
    const { at } = parsePort(rest);
    const here = "path" in at || ports.some((port) => matches(port, at));
    return here ? null : `no ${rest} is plugged in`;
  }
  const { openMeter } = await import("../power/index.ts");
  try {
    await (await openMeter(uri, { root: who.root })).close();
    return null;
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.problems.map(({ got }) => got).join("; ");
  }
}
