/**
 * Which modules this program compiled for this user, by their SHA-256: an empty file for each in the cache. A module says
 * of itself whatever its author likes; this list only its reader writes.
 */
import { createHash } from "node:crypto";
import { lstat, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../cache-folder.ts";

const placeOf = (folder: string, wasm: Uint8Array): string =>
  join(folder, "own", createHash("sha256").update(wasm).digest("hex"));

/** Without a folder to write, it is forgotten: then the module is treated like anybody's. */
export async function rememberOwn(wasm: Uint8Array, folder = cacheFolder()): Promise<void> {
  try {
    await mkdir(join(folder, "own"), { recursive: true, mode: 0o700 });
    await writeFile(placeOf(folder, wasm), "");
  } catch {
    // a cache is no reason to fail
  }
}

export async function isOwn(wasm: Uint8Array, folder = cacheFolder()): Promise<boolean> {
  return lstat(placeOf(folder, wasm)).then(
    (status) => status.isFile() && (!process.getuid || status.uid === process.getuid()),
    () => false,
  );
}
