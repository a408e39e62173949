/** Serial ports of this computer, and what PORT means: a path, or VID:PID with or without a serial number. */
import { readdir, readFile, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { fail } from "../errors.ts";

export type PortInfo = {
  readonly path: string;
  /** four hexadecimal digits, lower case */
  readonly vendorId: string | null;
  readonly productId: string | null;
  readonly serialNumber: string | null;
  readonly manufacturer: string | null;
};

export type UsbIdentity = {
  readonly vendorId: string;
  readonly productId: string;
  /** null: any */
  readonly serialNumber: string | null;
};

export type PortSpec = {
  readonly at: { readonly path: string } | UsbIdentity;
  readonly baud: number;
};

export const BAUD = 115_200;

/** PORT[@BAUD]. Raises USAGE. */
export function parsePort(text: string): PortSpec {
  const [, port = "", speed] = /^(.*?)(?:@(\d{1,8}))?$/s.exec(text) ?? [];
  const baud = speed === undefined ? BAUD : Number(speed);
  const usb = /^([0-9a-f]{4}):([0-9a-f]{4})(?::(.+))?$/i.exec(port);
  if (port === "" || baud === 0) {
    fail("USAGE", `board:${text}`, "no port", "board:PATH, or board:VID:PID[:SERIAL]");
  }
  if (!usb) return { at: { path: port }, baud };
  const [, vendorId = "", productId = "", serialNumber = null] = usb;
  const at = { vendorId: vendorId.toLowerCase(), productId: productId.toLowerCase(), serialNumber };
  return { at, baud };
}

export const identityOf = (port: PortInfo): UsbIdentity | null =>
  port.vendorId && port.productId
    ? { vendorId: port.vendorId, productId: port.productId, serialNumber: port.serialNumber }
    : null;

export const matches = (port: PortInfo, usb: UsbIdentity): boolean =>
  port.vendorId === usb.vendorId &&
  port.productId === usb.productId &&
  (usb.serialNumber === null || port.serialNumber === usb.serialNumber);

export const identityText = ({ vendorId, productId, serialNumber }: UsbIdentity): string =>
  [vendorId, productId, ...(serialNumber === null ? [] : [serialNumber])].join(":");

/** What the driver lists, with what the kernel knows of USB where udev does not run. */
export async function listPorts(sysfs = "/sys/class/tty"): Promise<readonly PortInfo[]> {
  const { SerialPort } = await import("serialport");
  const listed = await SerialPort.list().catch(() => []);
  const ports = new Map<string, PortInfo>();
  for (const { path, vendorId, productId, serialNumber, manufacturer } of listed) {
    ports.set(path, {
      path,
      vendorId: vendorId?.toLowerCase() ?? null,
      productId: productId?.toLowerCase() ?? null,
      serialNumber: serialNumber ?? null,
      manufacturer: manufacturer ?? null,
    });
  }
  for (const port of await usbPorts(sysfs)) {
    if (!ports.get(port.path)?.vendorId) ports.set(port.path, port);
  }
  return [...ports.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** ttyACM and ttyUSB with the ids of the USB device above them. */
export async function usbPorts(sysfs: string): Promise<readonly PortInfo[]> {
  const names = await readdir(sysfs).catch(() => []);
  const found: PortInfo[] = [];
  for (const name of names.filter((one) => /^tty(ACM|USB|AMA)\d+$/.test(one)).sort()) {
    const device = await usbDevice(join(sysfs, name, "device"));
    if (device) found.push({ path: `/dev/${name}`, ...device });
  }
  return found;
}

async function usbDevice(link: string): Promise<Omit<PortInfo, "path"> | null> {
  const folder = await folderWithIds(link);
  if (folder === null) return null;
  return {
    vendorId: await textIn(folder, "idVendor"),
    productId: await textIn(folder, "idProduct"),
    serialNumber: await textIn(folder, "serial"),
    manufacturer: await textIn(folder, "manufacturer"),
  };
}

/** Which USB device a port belongs to: two may have one serial number, and one may have two ports. Null where it is none. */
export const usbFolder = (path: string, sysfs = "/sys/class/tty"): Promise<string | null> =>
  folderWithIds(join(sysfs, basename(path), "device"));

/** The interface is one or two folders below the device that has the ids. */
async function folderWithIds(link: string): Promise<string | null> {
  const start = await realpath(link).catch(() => null);
  if (start === null) return null;
  for (const up of ["..", "../.."]) {
    const folder = join(start, up);
    const ids = [await textIn(folder, "idVendor"), await textIn(folder, "idProduct")];
    if (!ids.includes(null)) return folder;
  }
  return null;
}

const textIn = (folder: string, file: string): Promise<string | null> =>
  readFile(join(folder, file), "utf8").then(
    (content) => content.trim(),
    () => null,
  );
