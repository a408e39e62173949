/** The links of a group, whichever of the three ways they are kept. */
import { bTree2Records } from "../b-tree-2.ts";
import type { Cursor } from "../cursor.ts";
import type { Hdf5File } from "../file.ts";
import { bodyOf, findBody, MESSAGE, type Message } from "../object-header.ts";
import { readFractalHeap } from "./fractal-heap.ts";
import { type Link, readLinkMessage } from "./link.ts";
import { symbolTableLinks } from "./symbol-table.ts";

export type { Link, Target } from "./link.ts";

const LINK_NAMES = 5;
const HASH_BYTES = 4;

/**
 * In the file's order: that of creation where the group keeps it, else that of the names, as h5py lists them. null for an
 * object that is no group.
 */
export function linksOf(file: Hdf5File, messages: readonly Message[]): readonly Link[] | null {
  const table = findBody(file, messages, MESSAGE.symbolTable);
  if (table !== null) return unique(file, symbolTableLinks(file, table));
  const info = findBody(file, messages, MESSAGE.linkInfo);
  if (info === null && !messages.some(({ type }) => type === MESSAGE.groupInfo)) return null;
  const compact = messages
    .filter(({ type }) => type === MESSAGE.link)
    .map((message) => readLinkMessage(bodyOf(file, message)));
  const dense = info === null ? [] : denseLinks(file, info);
  return unique(file, inOrder([...compact, ...dense]));
}

function inOrder(links: readonly Link[]): readonly Link[] {
  const created = links.flatMap((link) => link.created ?? []);
  const kept = new Set(created).size === links.length;
  return [...links].sort((a, b) =>
    kept ? (a.created ?? 0) - (b.created ?? 0) : a.name < b.name ? -1 : 1,
  );
}

/** More than eight links: messages in a fractal heap, found through a B-tree of the names' hashes. */
function denseLinks(file: Hdf5File, info: Cursor): readonly Link[] {
  info.expect(0, "link info version");
  const flags = info.u8();
  if (flags & 1) info.skip(8); // greatest order of creation
  const heapAddress = info.offset();
  const names = info.offset();
  if (heapAddress === null || names === null) return [];
  const object = readFractalHeap(file, heapAddress);
  return bTree2Records(file, names, LINK_NAMES).map((record) => {
    record.skip(HASH_BYTES);
    return readLinkMessage(object(record));
  });
}

function unique(file: Hdf5File, links: readonly Link[]): readonly Link[] {
  const names = new Set(links.map(({ name }) => name));
  if (names.size < links.length) file.refuse("two links of one name", "different names");
  return links;
}
