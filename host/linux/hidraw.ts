/**
 * HID devices as files (linux/hidraw.h): a read is a whole report, a write is one with its number in front. Nothing but reads
 * and writes, so koffi is not needed.
 */
import { closeSync, realpathSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { openWithoutBlocking, readAvailable } from "./descriptor.ts";
import { namesIn, textOf } from "./files.ts";

export type HidDevice = {
  /** "hidraw3" */
  readonly name: string;
  /** four hexadecimal digits each, lower case */
  readonly vendorId: string;
  readonly productId: string;
  /** as the maker wrote it: "FNIRSI FNB58" */
  readonly label: string;
  readonly serialNumber: string | null;
};

/** All that is plugged in, with what the kernel knows of it. */
export function hidDevices(root: string): HidDevice[] {
  return namesIn(root, "sys/class/hidraw").flatMap((name) => {
    const text = textOf(root, `sys/class/hidraw/${name}/device/uevent`) ?? "";
    const value = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1] ?? "";
    const ids = /^[0-9a-f]+:0{4}([0-9a-f]{4}):0{4}([0-9a-f]{4})$/i.exec(value("HID_ID"));
    const [, vendorId = "", productId = ""] = ids ?? [];
    if (ids === null) return [];
    const device = { vendorId: vendorId.toLowerCase(), productId: productId.toLowerCase() };
    return [{ name, ...device, label: value("HID_NAME"), serialNumber: value("HID_UNIQ") || null }];
  });
}

/** "hidraw3" of /dev/hidraw3 and of a link to it; null where there is no such file. */
export function hidNameAt(root: string, path: string): string | null {
  const [, name] = /^\/dev\/(hidraw\d+)$/.exec(path) ?? [];
  if (name !== undefined) return name;
  try {
    return basename(realpathSync(join(root, path)));
  } catch {
    return null;
  }
}

export type HidReports = {
  /** @returns null where nothing came since. @throws the kernel's error: EIO where it was unplugged */
  readonly read: () => Uint8Array | null;
  readonly write: (report: Uint8Array) => void;
  readonly close: () => void;
};

/**
 * @param reportBytes of its reports; of a longer one the rest is lost
 * @throws the kernel's error: EACCES where this user may not
 */
export function openHid(root: string, { name }: HidDevice, reportBytes: number): HidReports {
  const fd = openWithoutBlocking(join(root, "dev", name));
  const room = new Uint8Array(reportBytes);
  let open = true;
  return {
    read() {
      const count = readAvailable(fd, room);
      return count === null || count === 0 ? null : room.slice(0, count);
    },
    // reports of our meters have no numbers: a 0 stands where one would
    write: (report) => void writeSync(fd, Uint8Array.of(0, ...report)),
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

/** The command that lets who sits at this computer open a meter on HID. */
export function hidRule({
  vendorId,
  productId,
}: Pick<HidDevice, "vendorId" | "productId">): string {
  const rule = `KERNEL=="hidraw*", ATTRS{idVendor}=="${vendorId}", ATTRS{idProduct}=="${productId}", TAG+="uaccess"`;
  return `echo '${rule}' | sudo tee /etc/udev/rules.d/70-twentywatt-${vendorId}.rules && sudo udevadm trigger`;
}
