/** Small questions to /proc, /sys and /dev. Every path is below a root, so that tests bring trees of their own. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** @returns the text without blanks and NULs at its ends; null where there is no such file, or it may not be read */
export function textOf(root: string, path: string): string | null {
  try {
    return readFileSync(join(root, path), "utf8").replaceAll("\0", "").trim();
  } catch {
    return null;
  }
}

/** @returns the names in a folder, numbers in their order (gpiochip2 before gpiochip10); none where it is not there */
export function namesIn(root: string, folder: string): readonly string[] {
  try {
    return readdirSync(join(root, folder)).sort((a, b) =>
      a.localeCompare(b, "en", { numeric: true }),
    );
  } catch {
    return [];
  }
}

/** "Raspberry Pi 3 Model B"; null on computers that have no device tree. */
export const boardModel = (root: string): string | null => textOf(root, "proc/device-tree/model");

/** The group that a file belongs to: "gpio"; its number where it has no name; null where there is no such file. */
export function groupOf(root: string, path: string): string | null {
  try {
    const { gid } = statSync(join(root, path));
    const rows = (textOf(root, "etc/group") ?? "").split("\n").map((row) => row.split(":"));
    return rows.find(([, , id]) => id === String(gid))?.[0] ?? String(gid);
  } catch {
    return null;
  }
}

/**
 * What lets this user open a device that the kernel refused with EACCES.
 *
 * @param usual the group that distributions give such devices to
 */
export function accessRemedy(root: string, path: string, usual: string): string {
  const group = groupOf(root, path) ?? usual;
  if (group !== "root" && group !== "0")
    return `sudo usermod -aG ${group} $USER, then log in again.`;
  return `/${path} belongs to root alone: run as root, or give it to the group ${usual} with a udev rule.`;
}

/** Devices of sound cards that record: pcmC0D0c. */
export const soundInputs = (root: string): string[] =>
  namesIn(root, "dev/snd").filter((name) => /^pcmC\d+D\d+c$/.test(name));
