/** Writing to a named pipe without a thread that waits in the kernel: it would keep the process from ending at all. */
import { constants, open as openFd } from "node:fs";
import { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { fail } from "../errors.ts";

export type Sink = {
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** at once, whatever was not taken yet */
  abandon(): void;
};

/** A reader that is started beside this program has as long as that to open its end. */
const PATIENCE_MS = 5_000;
const BETWEEN_MS = 50;

/** Raises IO where nobody reads. */
export async function openPipe(path: string): Promise<Sink> {
  const socket = new Socket({ fd: await descriptor(path), readable: false, writable: true });
  let broken: Error | null = null;
  socket.on("error", (error) => {
    broken = error;
  });
  const done = (end: (callback: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      if (broken) return reject(broken);
      // a reader that goes away destroys the socket, whose callback may never come
      const gone = () => (broken ? reject(broken) : resolve());
      socket.once("close", gone);
      end((error) => {
        socket.off("close", gone);
        if (error) reject(error);
        else resolve();
      });
    });
  return {
    // the caller fills its buffer again as soon as this is done
    append: (bytes) =>
      bytes.length === 0 ? Promise.resolve() : done((then) => socket.write(bytes.slice(), then)),
    close: () => done((then) => socket.end(() => then())),
    abandon: () => socket.destroy(),
  };
}

async function descriptor(path: string): Promise<number> {
  for (let waited = 0; ; waited += BETWEEN_MS) {
    try {
      return await promisify(openFd)(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENXIO")) throw error;
    }
    if (waited >= PATIENCE_MS) {
      const remedy = "Start what reads from it first, or write to a file.";
      fail("IO", path, "a pipe that nobody reads", "a reader", remedy);
    }
    await pause(BETWEEN_MS);
  }
}
