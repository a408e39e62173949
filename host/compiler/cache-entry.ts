/**
 * One entry of the cache: the key, the digest of what follows, what the compilation took, the module. The file's name alone
 * would bind nothing: what is copied, renamed or put there by another hand has another key inside.
 *
 *     "TWC2"  key[32]  SHA-256 of what follows[32]  CPU milliseconds, float64 little-endian[8]  module
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lutimes, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkModule } from "../module/check.ts";
import { forgetTemporary, removeAbandoned, temporaryIn } from "../temporary.ts";

const MAGIC = Buffer.from("TWC2");
const DIGEST = 32;
const HEAD = MAGIC.length + 2 * DIGEST;
/** Above any module: a file that is larger is none of ours. */
const MOST_BYTES = 256 * 2 ** 20;

const placeOf = (folder: string, key: string): string => join(folder, `${key}.twc`);
const TIME_BYTES = 8;

export type Entry = {
  readonly wasm: Uint8Array;
  /** CPU milliseconds that compiling it took, when it was compiled */
  readonly compileCpuMs: number;
};

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** What was stored under this key; null where there is none, or what is there is not what was stored. */
export async function stored(folder: string, key: string): Promise<Entry | null> {
  try {
    const bytes = await readOwnFile(placeOf(folder, key));
    const head = Buffer.concat([MAGIC, Buffer.from(key, "hex"), sha256(bytes.subarray(HEAD))]);
    if (!head.equals(bytes.subarray(0, HEAD))) return null;
    const compileCpuMs = bytes.readDoubleLE(HEAD);
    const wasm = new Uint8Array(bytes.subarray(HEAD + TIME_BYTES));
    checkModule(wasm, (code) => sha256(code).toString("hex"));
    await touch(placeOf(folder, key));
    return { wasm, compileCpuMs };
  } catch {
    return null;
  }
}

/** The time of its last change is when it was used last: cache-size.ts goes by it. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await lutimes(path, now, now).catch(() => {});
}

/** A regular file of this user and no link: a pipe would keep its reader waiting, and what others own is not ours. */
async function readOwnFile(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const status = await file.stat();
    const own = process.getuid === undefined || status.uid === process.getuid();
    if (!status.isFile() || !own || status.size > MOST_BYTES) throw new Error("not ours");
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Atomic: readers see no file or a whole one. A full or read-only disk is no reason to fail. */
export async function store(
  folder: string,
  key: string,
  { wasm, compileCpuMs }: Entry,
): Promise<void> {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeDoubleLE(compileCpuMs);
  const body = Buffer.concat([time, wasm]);
  const path = placeOf(folder, key);
  const temporary = temporaryIn(folder);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeAbandoned(folder);
    await writeFile(
      temporary,
      Buffer.concat([MAGIC, Buffer.from(key, "hex"), sha256(body), body]),
      { mode: 0o600, flag: "wx" },
    );
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  } finally {
    forgetTemporary(temporary);
  }
}
