/**
 * Names of files and folders that are being written. A process that is killed leaves its own behind: the name says whose
 * it was, and whoever writes into the same folder next removes what no living process writes any more. Knows the system,
 * and no room.
 */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** Folders are shared between machines, numbers of processes are not. */
const HERE = hostname().replace(/[^A-Za-z0-9-]/g, "_");
const FORM = /^\.twentywatt-(.+)-(\d+)-[0-9a-f-]{36}\.tmp$/;

/** Of this process, not yet renamed. */
const open = new Set<string>();

/** A new name in the folder, removed by removeTemporaries() until forgetTemporary(). */
export function temporaryIn(folder: string): string {
  const path = join(folder, `.twentywatt-${HERE}-${process.pid}-${randomUUID()}.tmp`);
  open.add(path);
  return path;
}

export const forgetTemporary = (path: string): void => {
  open.delete(path);
};

/** Folders that this process has looked through. */
const looked = new Set<string>();

/** At once, for a process that must end. */
export function removeTemporaries(): void {
  for (const path of open) rmSync(path, { recursive: true, force: true });
}

/** What processes of this machine left in the folder that are no more. Best effort: a folder may be unreadable. */
export async function removeAbandoned(folder: string): Promise<void> {
  if (looked.has(folder)) return;
  looked.add(folder);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, host, pid] = FORM.exec(name) ?? [];
    if (host !== HERE || isAlive(Number(pid))) continue;
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

/** A process that we may not signal is alive, too. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
