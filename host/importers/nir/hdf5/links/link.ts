/** Links: the named members of a group, and the message that holds one. HDF5 File Format Specification 3.0, IV.A.2.g. */
import type { Cursor } from "../cursor.ts";

export type Link = {
  readonly name: string;
  /** its number in the order of creation; null where the group does not keep it */
  readonly created: number | null;
  readonly to: Target;
};
export type Target =
  | { readonly kind: "hard"; readonly address: number }
  /** a path in this file */
  | { readonly kind: "soft"; readonly path: string }
  | { readonly kind: "other"; readonly what: string };

const utf8 = new TextDecoder();
export const text = (bytes: Uint8Array): string => utf8.decode(bytes);

const [SOFT, EXTERNAL] = [1, 64];

export function readLinkMessage(c: Cursor): Link {
  c.expect(1, "link message version");
  const flags = c.u8();
  const type = flags & 8 ? c.u8() : 0;
  const created = flags & 4 ? Number(c.u64()) : null;
  if (flags & 16) c.skip(1); // ASCII or UTF-8
  const name = text(c.take(c.unsigned(1 << (flags & 3))));
  return { name, created, to: readTarget(c, type) };
}

function readTarget(c: Cursor, type: number): Target {
  if (type === 0) return { kind: "hard", address: c.address() };
  if (type === SOFT) return { kind: "soft", path: text(c.take(c.u16())) };
  const what = type === EXTERNAL ? "a link into another file" : `a link of type ${type}`;
  return { kind: "other", what };
}
