/** Sensors and meters by name: KIND:REST?key=value&…, as they are given to --input and --meter. */
import { fail } from "./errors.ts";

export type Uri = {
  /** as it was written */
  readonly text: string;
  readonly kind: string;
  /** between the first colon and the last question mark: a file with one in its name is named with one more behind it */
  readonly rest: string;
  readonly query: ReadonlyMap<string, string>;
};

const REMEDY =
  "`twentywatt help sensors` and `twentywatt help meters` list the names and their keys.";

/** @returns null for what has no `kind:` in front, which is a path */
export function parseUri(text: string): Uri | null {
  const [, kind, rest = "", query = ""] =
    /^([a-z][a-z0-9+.-]+):(.*?)(?:\?([^?]*))?$/s.exec(text) ?? [];
  if (kind === undefined) return null;
  const pairs = new Map<string, string>();
  for (const pair of query.split("&").filter((part) => part !== "")) {
    const [key = "", value] = pair.split(/=(.*)/s);
    if (value === undefined) fail("USAGE", text, pair, "key=value", REMEDY);
    if (pairs.has(key)) fail("USAGE", text, `${key} twice`, "every key once", REMEDY);
    pairs.set(key, value);
  }
  return { text, kind, rest, query: pairs };
}

/** @throws USAGE for a key that this instrument does not have */
export function onlyKeys({ text, query }: Uri, keys: readonly string[]): void {
  for (const key of query.keys()) {
    if (keys.includes(key)) continue;
    fail(
      "USAGE",
      text,
      `the key ${key}`,
      keys.length > 0 ? `one of ${keys.join(", ")}` : "no keys",
      REMEDY,
    );
  }
}

/** A number of the query within its range, both ends included. @throws USAGE */
export function numberOf(
  { text, query }: Uri,
  key: string,
  standard: number,
  [low, high]: readonly [number, number],
): number {
  const written = query.get(key);
  if (written === undefined) return standard;
  const value = written.trim() === "" ? Number.NaN : Number(written);
  if (value >= low && value <= high) return value;
  return fail("USAGE", text, `${key}=${written}`, `a number from ${low} to ${high}`, REMEDY);
}
