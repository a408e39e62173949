/** Numbers that drivers show in files of /sys. */
import { fail } from "../errors.ts";
import { textOf } from "../linux/files.ts";

/** @throws METER_MISSING where there is none */
export function wholeNumberIn(root: string, path: string): number {
  const text = textOf(root, path);
  if (text !== null && /^-?\d{1,15}$/.test(text)) return Number(text);
  const got = text === null ? "nothing that can be read" : JSON.stringify(text);
  return fail("METER_MISSING", `/${path}`, got, "a whole number");
}
