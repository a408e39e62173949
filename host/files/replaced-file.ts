/** A small file that is replaced again and again, at once and as a whole: whoever reads it never sees half of it. */
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fail, systemReason } from "../errors.ts";
import { forgetTemporary, removeAbandoned, temporaryIn } from "../temporary.ts";
import { isSystemError, statOrNull, withIo } from "./file.ts";

const WRITABLE = "a file that can be replaced";

/** @returns what replaces it. @throws IO for a pipe, a device or a folder, which a file would take the place of */
export async function openReplaced(path: string): Promise<(text: string) => void> {
  await withIo(path, WRITABLE, async () => {
    const known = await statOrNull(path);
    if (known !== null && !known.isFile()) {
      fail("IO", path, "a pipe, a device or a folder", "a file: it is replaced as a whole");
    }
  });
  await removeAbandoned(dirname(path));
  return (text) => {
    try {
      replace(path, text);
    } catch (cause) {
      if (!isSystemError(cause)) throw cause;
      fail("IO", path, systemReason(cause), WRITABLE, undefined, { cause });
    }
  };
}

function replace(path: string, text: string): void {
  const known = statSync(path, { throwIfNoEntry: false });
  // through a symbolic link: the file it names is replaced, not the link
  const final = known ? realpathSync(path) : path;
  const temporary = temporaryIn(dirname(final));
  try {
    writeFileSync(temporary, text, { flag: "wx", mode: known ? known.mode & 0o777 : 0o666 });
    if (known) chmodSync(temporary, known.mode & 0o777);
    renameSync(temporary, final);
  } finally {
    rmSync(temporary, { force: true });
    forgetTemporary(temporary);
  }
}
