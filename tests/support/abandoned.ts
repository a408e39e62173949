/** What a killed process leaves in a folder that it wrote into, under the name that temporary.ts gives. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

const HOST = hostname().replace(/[^A-Za-z0-9-]/g, "_");

/** @returns its path: that of a process which is no more */
export function abandonedIn(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const { pid } = spawnSync("true");
  const path = join(folder, `.twentywatt-${HOST}-${pid}-00000000-0000-4000-8000-000000000000.tmp`);
  writeFileSync(path, "half");
  return path;
}

/** Names of files that are being written, or were when their process was killed. */
export const isTemporary = (name: string): boolean => /\.tmp$/.test(name);
