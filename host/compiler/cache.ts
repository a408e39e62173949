/**
 * Compiled modules by content: the same graph, options and compiler compile once per user. A cache that is damaged,
 * cleared or not writable only costs a compilation.
 */
import { createHash, type Hash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../cache-folder.ts";
import type { Graph } from "../model/graph.ts";
import { store, stored } from "./cache-entry.ts";
import { trimCache } from "./cache-size.ts";
import { COMPILER, type Compiled, type CompileOptions, compile } from "./index.ts";
import { ROOT } from "./root.ts";

export type Cached = {
  readonly wasm: Uint8Array;
  /** CPU milliseconds spent compiling now; null when the module came from the cache */
  readonly compileCpuMs: number | null;
  /** what compiling took when it was compiled, now or then */
  readonly onceCpuMs: number;
};

export type CacheOptions = {
  readonly folder?: string;
  /** how to compile what is not there: compile(), or in a thread */
  readonly compileNow?: (graph: Graph, options: CompileOptions) => Promise<Compiled>;
};

/** compile(), unless this graph was compiled with these options before. */
export async function compileCached(
  graph: Graph,
  options: CompileOptions,
  { folder = cacheFolder(), compileNow = compile }: CacheOptions = {},
): Promise<Cached> {
  const key = await cacheKey(graph, options);
  const known = await stored(folder, key);
  if (known) return { wasm: known.wasm, compileCpuMs: null, onceCpuMs: known.compileCpuMs };
  const { wasm, compileCpuMs } = await compileNow(graph, options);
  await store(folder, key, { wasm, compileCpuMs });
  await trimCache(folder).catch(() => {});
  return { wasm, compileCpuMs, onceCpuMs: compileCpuMs };
}

/** SHA-256 over everything the bytes of a module depend on, the compiler's own files included. */
export async function cacheKey(graph: Graph, options: CompileOptions): Promise<string> {
  const hash = createHash("sha256")
    .update(COMPILER)
    .update(await ownFiles());
  hash.update(JSON.stringify(Object.entries(options).sort()));
  return hash.update(JSON.stringify(graph, contents)).digest("hex");
}

/** Arrays of numbers as digests: JSON would write every byte out, and all numbers that are not finite alike. */
function contents(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  if (typeof original === "number" && !Number.isFinite(original)) return String(original);
  if (!ArrayBuffer.isView(original)) return value;
  const { buffer, byteOffset, byteLength } = original;
  return sha256(new Uint8Array(buffer, byteOffset, byteLength));
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The rooms that decide the bytes of a module: the compiler's own, and every room it imports. */
export const ROOMS = ["compiler", "model", "module", "spiking"] as const;
/** What decides them besides: options of asc, its version, and the words shared by all rooms. */
const FILES = ["asconfig.json", "package.json"] as const;

let own: Promise<string> | null = null;

function ownFiles(): Promise<string> {
  const host = fileURLToPath(new URL("..", import.meta.url));
  own ??= digestOwn(ROOT, host);
  return own;
}

/**
 * A digest of these rooms, the kernels and the version of AssemblyScript that package.json pins: a version under
 * development keeps its number.
 *
 * @param root the folder with assembly/ and asconfig.json
 * @param host the folder of the rooms: sources, or built
 */
export async function digestOwn(root: string, host: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of FILES) hash.update(await readFile(join(root, file)));
  for (const folder of [join(root, "assembly"), ...ROOMS.map((room) => join(host, room))]) {
    await digestFolder(folder, hash);
  }
  return hash.digest("hex");
}

async function digestFolder(folder: string, hash: Hash): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await digestFolder(path, hash);
    else hash.update(entry.name).update(await readFile(path));
  }
}
