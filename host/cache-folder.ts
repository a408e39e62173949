/** Where what was compiled or fetched is kept between runs. Knows the system, and no room. */
import { accessSync, constants, lstatSync, mkdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/**
 * `$XDG_CACHE_HOME/twentywatt`, or `~/.cache/twentywatt`; where neither can be written, as for a service without a home,
 * a folder of this user below TMPDIR.
 */
export function cacheFolder(): string {
  const usual = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "twentywatt");
  if (canWrite(usual)) return usual;
  const own = join(tmpdir(), `twentywatt-${process.getuid?.() ?? "cache"}`);
  return isOurs(own) ? own : usual;
}

/** Makes the folder where it is not there. */
export function canWrite(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Below TMPDIR anybody may have made it before us: a folder of ours that nobody else can write, and no link. */
function isOurs(folder: string): boolean {
  try {
    if (!canWrite(folder)) return false;
    const { uid, mode } = lstatSync(folder);
    const own = process.getuid === undefined || uid === process.getuid();
    return own && lstatSync(folder).isDirectory() && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}
