/** The bytes of a file or a pipe in pieces, and how many a file has. */
import { constants, open as openFd } from "node:fs";
import { access, open, stat } from "node:fs/promises";
import { Socket } from "node:net";
import { promisify } from "node:util";
import { fail } from "../errors.ts";
import { chunksOf, withIo } from "./file.ts";

export async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  const readable = "a readable file";
  const pipe = await withIo(path, readable, async () => (await stat(path)).isFIFO());
  const file = pipe ? null : await withIo(path, readable, () => open(path, "r"));
  const chunks = file ? chunksOf(file) : pipeChunks(path);
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

/** A read of a silent pipe would keep a thread, and with it the process, until something comes; a socket only listens. */
async function* pipeChunks(path: string): AsyncGenerator<Uint8Array> {
  const socket = new Socket({ fd: await promisify(openFd)(path, "r"), writable: false });
  try {
    for await (const chunk of socket) yield chunk;
  } finally {
    socket.destroy();
  }
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
