/**
 * How much the user's cache holds, and how it stays small: modules that were not used for longest go beyond a limit, and
 * `cache clean` removes all of it. Only files with the names that this program gives are ever counted or removed.
 */
import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Thousands of modules as small as those for boards, dozens of the largest. */
export const CACHE_LIMIT_BYTES = 256 * 2 ** 20;

export type Amount = { readonly files: number; readonly bytes: number };

export type CacheSize = {
  readonly modules: { readonly count: number; readonly bytes: number };
  /** WASM3's sources, and what was built of them and the firmware outside of a checkout */
  readonly firmware: Amount;
};

type Part = "module" | "own" | "firmware" | "temporary";

type Entry = Amount & {
  readonly path: string;
  readonly part: Part;
  /** what a module and its temporary files have in common */
  readonly key: string;
  readonly usedMs: number;
};

/** What a process is writing, or was when it was killed. */
const WRITTEN = "\\.twentywatt-[\\w-]+-\\d+-[0-9a-f-]{36}\\.tmp";
/** The same by an earlier version. */
const TEMPORARY = "(\\.[0-9a-f-]{36})?";
/** Paths below the folder, and the folders that may hold them. */
const OURS: readonly (readonly [Part, RegExp])[] = [
  ["temporary", new RegExp(`^(firmware/([\\w-]+/)?)?${WRITTEN}(/\\w+\\.[ch])?$`)],
  ["module", /^\.?[0-9a-f]{64}\.[\w.-]+$/],
  ["own", /^own\/[0-9a-f]{64}$/],
  ["firmware", new RegExp(`^wasm3-[0-9a-f]{16}${TEMPORARY}/\\w+\\.[ch]$`)],
  ["firmware", new RegExp(`^firmware/objects/[0-9a-f]{64}\\.o${TEMPORARY}$`)],
  ["firmware", new RegExp(`^firmware/[\\w-]+/twentywatt(\\.elf)?(\\.built)?${TEMPORARY}$`)],
];
const FOLDERS = new RegExp(
  `^(own|firmware|firmware/[\\w-]+|wasm3-[0-9a-f]{16}${TEMPORARY}|${WRITTEN})$`,
);

export async function cacheSize(folder: string): Promise<CacheSize> {
  const { entries } = await contents(folder);
  const modules = modulesAmong(entries);
  const firmware = entries.filter(({ part }) => part === "firmware");
  return { modules: { count: modules.length, bytes: sum(modules).bytes }, firmware: sum(firmware) };
}

/** Removes what is ours, and the folders that are empty then. @returns what is gone */
export async function cleanCache(folder: string): Promise<Amount> {
  const { entries, folders } = await contents(folder);
  for (const { path } of entries) await rm(path, { force: true });
  // the deepest first; one that holds what is not ours stays
  for (const path of folders.reverse()) await rmdir(path).catch(() => {});
  return sum(entries);
}

/** Removes the modules that were used longest ago, until the rest is within the limit; the last one used stays. */
export async function trimCache(folder: string, limitBytes = CACHE_LIMIT_BYTES): Promise<void> {
  const { entries } = await contents(folder);
  const modules = modulesAmong(entries).sort((a, b) => a.usedMs - b.usedMs);
  let { bytes } = sum(modules);
  for (const module of modules.slice(0, -1)) {
    if (bytes <= limitBytes) return;
    for (const path of module.paths) await rm(path, { force: true });
    bytes -= module.bytes;
  }
}

type Module = Amount & { readonly paths: readonly string[]; readonly usedMs: number };

/** A module is all files of one key. */
function modulesAmong(entries: readonly Entry[]): Module[] {
  const byKey = new Map<string, Entry[]>();
  for (const entry of entries.filter(({ part }) => part === "module")) {
    byKey.set(entry.key, [...(byKey.get(entry.key) ?? []), entry]);
  }
  return [...byKey.values()].map((files) => ({
    ...sum(files),
    paths: files.map(({ path }) => path),
    usedMs: Math.max(...files.map(({ usedMs }) => usedMs)),
  }));
}

const sum = (amounts: readonly Amount[]): Amount => ({
  files: amounts.reduce((n, { files }) => n + files, 0),
  bytes: amounts.reduce((n, { bytes }) => n + bytes, 0),
});

type Contents = { readonly entries: Entry[]; readonly folders: string[] };

/** What is ours below the folder. Links are not followed: what they lead to belongs to somebody else. */
async function contents(folder: string, below = ""): Promise<Contents> {
  const found: Contents = { entries: [], folders: [] };
  for (const entry of await listed(join(folder, below))) {
    const relative = below === "" ? entry.name : `${below}/${entry.name}`;
    const path = join(folder, relative);
    if (entry.isDirectory() && FOLDERS.test(relative)) {
      found.folders.push(path);
      const inside = await contents(folder, relative);
      found.entries.push(...inside.entries);
      found.folders.push(...inside.folders);
    }
    const part = OURS.find(([, name]) => name.test(relative))?.[0];
    if (!entry.isFile() || part === undefined) continue;
    // another process may have removed it since
    const stats = await stat(path).catch(() => null);
    if (stats === null) continue;
    const key = entry.name.match(/[0-9a-f]{64}/)?.[0] ?? "";
    found.entries.push({ path, part, key, files: 1, bytes: stats.size, usedMs: stats.mtimeMs });
  }
  return found;
}

/** A folder that is not there holds nothing. */
async function listed(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
