/** A file that others follow while it grows: what is added is there at once, and no pipe is waited for without an end. */
import { closeSync, openSync, writeSync } from "node:fs";
import { fail, systemReason } from "../errors.ts";
import { isSystemError, statOrNull, withIo } from "./file.ts";
import { openPipe } from "./pipe-sink.ts";

export type GrowingFile = {
  /** @throws IO where it is not taken; of a pipe, also what failed before */
  add(text: string): void;
  close(): Promise<void>;
};

const WRITABLE = "a writable path";
/** Of a reader that is slower than what is measured: more than that is kept for nobody. */
const MOST_PENDING_BYTES = 16 * 2 ** 20;

/** What the file held before is lost. @throws IO */
export async function openGrowing(path: string): Promise<GrowingFile> {
  const known = await withIo(path, WRITABLE, () => statOrNull(path));
  if (known?.isFIFO()) return growingPipe(path);
  const io = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      if (!isSystemError(cause)) throw cause;
      return fail("IO", path, systemReason(cause), WRITABLE, undefined, { cause });
    }
  };
  const descriptor = io(() => openSync(path, "w"));
  return {
    add: (text) =>
      io(() => {
        const bytes = Buffer.from(text);
        for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
      }),
    close: async () => io(() => closeSync(descriptor)),
  };
}

async function growingPipe(path: string): Promise<GrowingFile> {
  const sink = await withIo(path, WRITABLE, () => openPipe(path));
  let [pending, last]: [number, Promise<void>] = [0, Promise.resolve()];
  let broken: unknown = null;
  return {
    add(text) {
      if (broken !== null) throw broken;
      const bytes = Buffer.from(text);
      pending += bytes.length;
      if (pending > MOST_PENDING_BYTES) {
        sink.abandon();
        fail("IO", path, `a reader that is ${pending} bytes behind`, "one that keeps up");
      }
      last = last
        .then(() => withIo(path, WRITABLE, () => sink.append(bytes)))
        .then(() => {
          pending -= bytes.length;
        })
        .catch((error: unknown) => {
          broken ??= error;
        });
    },
    async close() {
      await last;
      if (broken !== null) throw broken;
      await withIo(path, WRITABLE, () => sink.close());
    },
  };
}
