/** What is on USB, with a port and without, and boards of which that says something. */
import { namesIn, textOf } from "../linux/files.ts";

export type UsbDevice = {
  /** "/sys/bus/usb/devices/1-1" */
  readonly path: string;
  /** four hexadecimal digits, lower case */
  readonly vendorId: string;
  readonly productId: string;
  readonly serialNumber: string | null;
};

export const usbDevices = (root: string): UsbDevice[] =>
  namesIn(root, "sys/bus/usb/devices").flatMap((name) => {
    const folder = `sys/bus/usb/devices/${name}`;
    const text = (file: string) => textOf(root, `${folder}/${file}`);
    const [vendorId, productId] = [text("idVendor"), text("idProduct")];
    if (vendorId === null || productId === null) return [];
    return [{ path: `/${folder}`, vendorId, productId, serialNumber: text("serial") }];
  });

/** Boards that wait for a program as a drive: they have no port, which is what people look for. */
const WAITING = {
  "2e8a:0003": { chip: "RP2040", drive: "RPI-RP2" },
  "2e8a:000f": { chip: "RP2350", drive: "RP2350" },
} as const;

export type WaitingBoard = UsbDevice & {
  readonly what: string;
  /** a command that gives it a program */
  readonly fix: string;
};

/** @param user whose desktop shows the drive */
export const waitingBoards = (root: string, user: string): WaitingBoard[] =>
  usbDevices(root).flatMap((device) => {
    const ids = `${device.vendorId}:${device.productId}`;
    const found = Object.entries(WAITING).find(([known]) => known === ids)?.[1];
    if (found === undefined) return [];
    const { chip, drive } = found;
    const what =
      `a board with an ${chip} in BOOTSEL (${ids}): it is the drive ${drive} and has no port. Plugged in again without its ` +
      "button it starts the program that it has; a .uf2 file copied to the drive becomes its program";
    return [{ ...device, what, fix: `cp PROGRAM.uf2 /media/${user}/${drive}/` }];
  });
