/**
 * A file that is new, and has its first bytes when it is there: a program that is killed, and a disk that is full, leave none
 * that is empty.
 */
import { closeSync, linkSync, openSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { fail, systemReason } from "../errors.ts";
import { forgetTemporary, temporaryIn } from "../temporary.ts";

/** What file systems without links answer: FAT and exFAT, of which many cards are, and some in the network. */
const NO_LINKS = ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK"];

/**
 * @returns a descriptor behind the first bytes
 * @throws IO where the file is there already: it is never written over
 */
export function createNew(path: string, first: Uint8Array): number {
  try {
    return linked(path, first);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === null) throw cause;
    const there = code === "EEXIST";
    const got = there ? "a file that is there" : systemReason(cause);
    const remedy = there
      ? "Choose another name; recordings are never written over."
      : "Name a file in a folder that is there, may be written and has room.";
    return fail("IO", path, got, there ? "a new name" : "a new file", remedy, { cause });
  }
}

/** Written under another name, and then given its own, which no other file may have. */
function linked(path: string, first: Uint8Array): number {
  const temporary = temporaryIn(dirname(path));
  try {
    const fd = written(temporary, first);
    try {
      linkSync(temporary, path);
      return fd;
    } catch (cause) {
      closeSync(fd);
      if (!NO_LINKS.includes(codeOf(cause) ?? "")) throw cause;
      return written(path, first);
    } finally {
      unlinkSync(temporary);
    }
  } finally {
    forgetTemporary(temporary);
  }
}

/** All of the bytes, or no file. */
function written(path: string, first: Uint8Array): number {
  const fd = openSync(path, "wx");
  try {
    for (let done = 0; done < first.length; ) done += writeSync(fd, first, done);
    return fd;
  } catch (cause) {
    closeSync(fd);
    unlinkSync(path);
    throw cause;
  }
}

const codeOf = (cause: unknown): string | null =>
  cause instanceof Error && "code" in cause && "syscall" in cause ? String(cause.code) : null;
