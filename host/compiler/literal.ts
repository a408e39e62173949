/** Numbers and names in generated programs. */
import { fail } from "../errors.ts";

/** A number as text. Raises INTERNAL for what is none: "NaN" would be an identifier of the generated program. */
export function literal(value: number | undefined, where: string): string {
  if (value !== undefined && Number.isFinite(value)) return String(value);
  return fail("INTERNAL", `generated code, ${comment(where)}`, String(value), "a finite number");
}

/** One line of printable ASCII: names come from model files. */
export const comment = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?").slice(0, 120);
