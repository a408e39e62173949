/** Which native kernels a firmware is built with: all of firmware/kernels, or those of a list. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../errors.ts";
import { FIRMWARE } from "./root.ts";

/** The C file that makes a table of the rows, and the macro that names another file of rows. */
export const TABLE_FILE = "tw_kernel_table.c";
export const ROWS_MACRO = "TW_KERNEL_ROWS";

const ROW = /^TW_KERNEL\(\d+, (\w+), .*\)$/gm;

/**
 * Names as `inspect` prints them, separated by commas; null for all kernels, which an empty text means.
 * Raises USAGE for a name that no kernel has.
 */
export function kernelList(text: string | undefined): readonly string[] | null {
  const names = (text ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .map((name) => name.replace(/^k1_/, ""));
  if (names.length === 0) return null;
  const known = [...rows().keys()];
  for (const name of names) {
    if (!known.includes(name)) fail("USAGE", "KERNELS", name, `some of ${known.join(",")}`);
  }
  return names;
}

/** The rows of these kernels, in the order of the whole list. */
export const rowsOf = (names: readonly string[]): string =>
  [...rows()]
    .filter(([name]) => names.includes(name))
    .map(([, row]) => `${row}\n`)
    .join("");

function rows(): Map<string, string> {
  const text = readFileSync(join(FIRMWARE, "kernels/tw_kernel_rows.h"), "utf8");
  return new Map([...text.matchAll(ROW)].map(([row, name = ""]) => [name, row]));
}
