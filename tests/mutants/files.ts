/** Names with a star as the files that they stand for. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Names of files below `root`, ascending. Raises where a name stands for none: a test that moved would never be run. */
export function filesOf(root: string, names: readonly string[]): string[] {
  return [...new Set(names.flatMap((name) => matches(root, name)))].sort();
}

function matches(root: string, name: string): string[] {
  const folder = dirname(name);
  const [before = "", after = ""] = basename(name).split("*");
  const all = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
  const found = all.filter((one) =>
    name.includes("*")
      ? one.length >= before.length + after.length && one.startsWith(before) && one.endsWith(after)
      : one === basename(name),
  );
  if (found.length === 0) throw new Error(`tests/mutants/targets.ts: no file ${name}`);
  return found.map((one) => join(folder, one));
}

/** What `npm test` runs of these. */
export const testFilesOf = (root: string, names: readonly string[]): string[] =>
  filesOf(root, names).filter(
    (name) => name.endsWith(".test.ts") && !name.endsWith(".long.test.ts"),
  );
