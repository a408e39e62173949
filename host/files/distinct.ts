/** No file is written that the same call reads or writes under another name: told by device and inode, before work starts. */
import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import { statOrNull, withIo } from "./file.ts";

/** A file of the call: the option that names it, or the argument. */
export type Named = { readonly flag: string; readonly path: string };

type Known = Named & { readonly identity: string };

/**
 * @param reads  what the call reads; some may be the same file
 * @param writes what it writes; none may be a file of `reads`, nor of another of `writes`
 * @throws USAGE with every pair
 */
export async function requireDistinct(
  reads: readonly Named[],
  writes: readonly Named[],
): Promise<void> {
  const problems: Problem[] = [];
  const known: Known[] = [];
  for (const read of reads) {
    const identity = await identityOf(read.path);
    if (identity !== null) known.push({ ...read, identity });
  }
  for (const write of writes) {
    const identity = await identityOf(write.path);
    if (identity === null) continue;
    const other = known.find((one) => one.identity === identity);
    if (other) {
      const got = `${write.path}, which is ${other.path} of ${other.flag}`;
      const remedy = "Give every output a name of its own.";
      problems.push(problem("USAGE", write.flag, got, "a file of its own", remedy));
    }
    known.push({ ...write, identity });
  }
  if (problems.length > 0) throw new TwentyWattError(problems);
}

/**
 * The same for two names of one file, whether it is there or not. null: a pipe, a device or a folder, which no writing
 * replaces.
 */
async function identityOf(path: string): Promise<string | null> {
  const found = await withIo(path, "a path", () => statOrNull(path));
  if (found) return found.isFile() ? `${found.dev}:${found.ino}` : null;
  // not there yet: its folder tells, however it is written
  const folder = await realpath(dirname(path)).catch(() => resolve(dirname(path)));
  return join(folder, basename(path));
}
