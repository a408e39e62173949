/** A disk of a few kB in memory, which is full soon. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Missing } from "./skip.ts";

const mounted = (folder: string, kilobytes: number): boolean =>
  spawnSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder]).status === 0;

/** Works in a folder of its own that holds so much, and takes it away. */
export async function onSmallDisk<T>(
  kilobytes: number,
  work: (folder: string) => T | Promise<T>,
): Promise<T> {
  const folder = join(mkdtempSync(join(tmpdir(), "twentywatt-disk-")), "disk");
  mkdirSync(folder);
  if (!mounted(folder, kilobytes)) throw new Error("no disk was mounted");
  try {
    return await work(folder);
  } finally {
    spawnSync("umount", [folder]);
    rmSync(join(folder, ".."), { recursive: true, force: true });
  }
}

/** What keeps a disk from being mounted here, or null. */
export function withoutDisks(): Missing | null {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-disk-"));
  try {
    if (mounted(folder, 4)) return null;
    return { reason: "no disk may be mounted here", fix: "run as root" };
  } finally {
    spawnSync("umount", [folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}
