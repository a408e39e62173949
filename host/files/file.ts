/** Files: read in pieces, written whole or not at all. Every failure of the system becomes IO. */
import type { Stats } from "node:fs";
import { type FileHandle, mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fail, systemReason } from "../errors.ts";
import { forgetTemporary, removeAbandoned, temporaryIn } from "../temporary.ts";
import { openPipe, type Sink } from "./pipe-sink.ts";

const CHUNK = 1 << 20;

/** Runs file work; what the system refuses is raised as IO with the path. */
export async function withIo<T>(
  path: string,
  expected: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    return fail("IO", path, systemReason(cause), expected, undefined, { cause });
  }
}

/** The file in pieces. Each piece is valid until the next is asked for. */
export async function* chunksOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** A file that appears under its name only when it is whole. */
export type AtomicFile = {
  /** the bytes are copied before it returns */
  write(bytes: Uint8Array): Promise<void>;
  /** over the first bytes, at the end; null for pipes and devices, which have no way back */
  readonly writeStart: ((bytes: Uint8Array) => Promise<void>) | null;
  /** the file is there, on disk, under its name */
  commit(): Promise<void>;
  /** nothing stays behind; after commit() nothing happens */
  discard(): Promise<void>;
};

/** Devices and pipes are written directly: renaming over them would replace them. */
export async function createAtomic(path: string): Promise<AtomicFile> {
  const io = <T>(work: () => Promise<T>): Promise<T> => withIo(path, "a writable path", work);
  return io(async () => {
    const known = await statOrNull(path);
    if (known?.isDirectory()) fail("IO", path, "a folder", "a file to write");
    const direct = known !== null && !known.isFile();
    // through a symbolic link: the file it names is replaced, not the link
    const final = known === null ? path : await realpath(path);
    if (!direct) await removeAbandoned(dirname(final));
    const temporary = direct ? final : temporaryIn(dirname(final));
    if (known?.isFIFO()) return pipeFile(path, await openPipe(path));
    const file = await open(temporary, direct ? "w" : "wx", known ? known.mode & 0o777 : undefined);
    if (!direct && known !== null) await keepAccess(file, known);
    const discard = async (): Promise<void> => {
      await file.close().catch(() => {});
      if (direct) return;
      await rm(temporary, { force: true });
      forgetTemporary(temporary);
    };
    const { write, flush } = inChunks((chunk) => file.appendFile(chunk));
    let done = false;
    return {
      write: (bytes) => io(() => write(bytes)),
      writeStart: direct
        ? null
        : (bytes) =>
            io(async () => {
              await flush();
              await file.write(bytes, 0, bytes.length, 0);
            }),
      commit: () =>
        io(async () => {
          await flush();
          if (!direct) await file.sync();
          await file.close();
          if (!direct) await rename(temporary, final);
          forgetTemporary(temporary);
          done = true;
        }),
      discard: async () => {
        if (!done) await discard();
      },
    };
  });
}

/** Bytes gathered to pieces of a size that is worth a call. */
function inChunks(append: (chunk: Uint8Array) => Promise<void>) {
  const pending = new Uint8Array(CHUNK);
  let filled = 0;
  const flush = async (): Promise<void> => {
    await append(pending.subarray(0, filled));
    filled = 0;
  };
  const write = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + CHUNK - filled);
      pending.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === CHUNK) await flush();
    }
  };
  return { write, flush };
}

function pipeFile(path: string, sink: Sink): AtomicFile {
  const io = <T>(work: () => Promise<T>): Promise<T> => withIo(path, "a writable path", work);
  const { write, flush } = inChunks((chunk) => sink.append(chunk));
  return {
    write: (bytes) => io(() => write(bytes)),
    writeStart: null,
    commit: () =>
      io(async () => {
        await flush();
        await sink.close();
      }),
    discard: async () => sink.abandon(),
  };
}

/** The new file is as open, or as closed, as the one it replaces; whose it is, where we may say so. */
async function keepAccess(file: FileHandle, { mode, uid, gid }: Stats): Promise<void> {
  await file.chown(uid, gid).catch(() => {});
  await file.chmod(mode & 0o777); // open() lets the process's mask take bits away
}

export async function writeAtomic(path: string, bytes: Uint8Array): Promise<void> {
  const file = await createAtomic(path);
  try {
    await file.write(bytes);
    await file.commit();
  } finally {
    await file.discard();
  }
}

export const makeFolder = (path: string): Promise<void> =>
  withIo(path, "a folder that can be made", async () => {
    await mkdir(path, { recursive: true });
  });

/** null where there is no such file. */
export async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return null;
    throw error;
  }
}

type SystemError = Error & {
  readonly code: string;
  readonly path?: string;
  readonly syscall?: string;
};

export const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && "syscall" in error && "code" in error;
