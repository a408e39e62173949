/** `unit=V` is of every channel, `unit=V,A` of each its own. */
import { fail } from "../errors.ts";
import { plural } from "../text.ts";
import { unitOf } from "../units.ts";

/** @throws USAGE where there are several, and not as many as channels */
export function unitOfEach(where: string, given: string, channels: number): readonly string[] {
  const units = given.split(",").map((unit) => unitOf(unit.trim()));
  if (units.length === channels) return units;
  if (units.length === 1) return Array.from({ length: channels }, () => unitOf(given));
  const expected = `one for all, or one for each of ${plural(channels, "channel")}`;
  const remedy = "An empty one is of a channel without a unit: unit=V,,A.";
  return fail("USAGE", where, plural(units.length, "unit"), expected, remedy);
}
