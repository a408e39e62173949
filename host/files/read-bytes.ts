/** The bytes of a file or a pipe, in pieces or whole, and how many a file has. */
import { constants, open as openFd } from "node:fs";
import { access, open, stat } from "node:fs/promises";
import { Socket } from "node:net";
import { promisify } from "node:util";
import { type ErrorCode, fail, problem, TwentyWattError } from "../errors.ts";
import { chunksOf, withIo } from "./file.ts";

/** @param signal ends waiting for a pipe, as INTERRUPTED */
export async function* bytesOf(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const readable = "a readable file";
  const pipe = await withIo(path, readable, async () => (await stat(path)).isFIFO());
  // a silent terminal or device would keep its thread as a pipe would
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const file = pipe ? null : await withIo(path, readable, () => open(path, flags));
  const chunks = file ? chunksOf(file) : pipeChunks(path, signal);
  try {
    for (;;) {
      const { value, done } = await withIo(path, readable, () => chunks.next());
      if (done) return;
      yield value;
    }
  } finally {
    await chunks.return(undefined);
    await file?.close();
  }
}

/**
 * A silent pipe, or one that nobody writes to yet, would keep a thread, and with it the process, until something comes:
 * opened without waiting, a socket only listens.
 */
async function* pipeChunks(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const fd = await promisify(openFd)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, writable: false });
  const abort = () => socket.destroy(interrupted(path));
  signal?.addEventListener("abort", abort, { once: true });
  try {
    if (signal?.aborted) abort();
    for await (const chunk of socket) yield chunk;
  } finally {
    signal?.removeEventListener("abort", abort);
    socket.destroy();
  }
}

const interrupted = (path: string): TwentyWattError =>
  new TwentyWattError([
    problem("INTERRUPTED", path, "a signal while it was waited for", "all of it"),
  ]);

/** Reads a file whole; also pipes and devices, whose size nobody knows before. */
export async function readWhole(
  path: string,
  limit: number,
  tooBig: ErrorCode,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const size = await sizeOf(path);
  if (size !== null && size > limit) {
    fail(tooBig, path, `${size} bytes`, `at most ${limit} bytes`);
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytesOf(path, signal)) {
    if (signal?.aborted) throw interrupted(path); // a device may go on for long
    parts.push(part.slice());
    length += part.length;
    if (length > limit) fail(tooBig, path, `more than ${limit} bytes`, `at most ${limit}`);
  }
  return new Uint8Array(Buffer.concat(parts, length));
}

/** null for pipes and devices: these are not opened, because whoever writes would lose what comes before the second time. */
export async function sizeOf(path: string): Promise<number | null> {
  return withIo(path, "a readable file", async () => {
    const stats = await stat(path);
    if (stats.isDirectory()) fail("IO", path, "a folder", "a readable file");
    if (!stats.isFile()) return null;
    await access(path, constants.R_OK);
    return stats.size;
  });
}
