/**
 * The whole file as a plain tree. Objects are read once, however many links lead to them; a link back to a group that
 * is being read is a cycle, and refused.
 */
import { readDataset } from "./dataset.ts";
import { Hdf5File } from "./file.ts";
import { GlobalHeap } from "./global-heap.ts";
import { type Link, linksOf, type Target } from "./links/group-links.ts";
import { type Message, readObjectHeader } from "./object-header.ts";
import { readSuperblock } from "./superblock.ts";
import type { Hdf5, Hdf5Group } from "./tree.ts";

const MAX_DEPTH = 16;
/** Soft links that lead to soft links. */
const MAX_HOPS = 16;

const NEITHER = "a group or a dataset";
const REPLACE_LINK = "Write the file again with nir.write(), which makes no such links.";

/**
 * Raises MODEL_FORMAT on anything that is not a readable HDF5 file, in bounded time and memory.
 *
 * @param skips paths of objects to leave out, unread
 */
export function readHdf5(bytes: Uint8Array, skips: (path: string) => boolean): Hdf5Group {
  const file = new Hdf5File(bytes);
  const reader: Reader = {
    ...{ file, heap: new GlobalHeap(file), skips },
    ...{ root: readSuperblock(file), headers: new Map(), objects: new Map() },
  };
  const root = readObject(reader, reader.root, "", 0);
  return root.kind === "group" ? root : file.refuse("a dataset at the root", "a group");
}

type Header = { readonly messages: readonly Message[]; readonly links: readonly Link[] | null };
type Reader = {
  readonly file: Hdf5File;
  readonly heap: GlobalHeap;
  readonly skips: (path: string) => boolean;
  readonly root: number;
  readonly headers: Map<number, Header>;
  /** what was read; null while it is being read */
  readonly objects: Map<number, Hdf5 | null>;
};

function headerOf({ file, headers }: Reader, address: number): Header {
  const known = headers.get(address);
  if (known !== undefined) return known;
  const messages = readObjectHeader(file, address);
  const header = { messages, links: linksOf(file, messages) };
  headers.set(address, header);
  return header;
}

function readObject(reader: Reader, address: number, path: string, depth: number): Hdf5 {
  const { file, objects, heap } = reader;
  file.path = path === "" ? "/" : path;
  const known = objects.get(address);
  if (known === null)
    return file.refuse("a group inside itself", "groups without cycles", REPLACE_LINK);
  if (known !== undefined) return known;
  if (depth > MAX_DEPTH) file.refuse(`${depth} nested groups`, `at most ${MAX_DEPTH}`);
  objects.set(address, null);
  const { messages, links } = headerOf(reader, address);
  const object =
    links === null
      ? (readDataset(file, heap, messages) ?? file.refuse("neither of the two", NEITHER))
      : readGroup(reader, address, links, path, depth);
  objects.set(address, object);
  return object;
}

function readGroup(
  reader: Reader,
  address: number,
  links: readonly Link[],
  path: string,
  depth: number,
): Hdf5Group {
  const children = new Map<string, Hdf5>();
  for (const { name, to } of links) {
    const where = `${path}/${name}`;
    reader.file.spendObject();
    if (reader.skips(where)) continue;
    reader.file.path = where;
    const child = follow(reader, to, address, MAX_HOPS);
    children.set(name, readObject(reader, child, where, depth + 1));
  }
  return { kind: "group", children };
}

/** @param group where relative paths begin */
function follow(reader: Reader, to: Target, group: number, hops: number): number {
  const { file } = reader;
  if (to.kind === "hard") return to.address;
  if (to.kind === "other") return file.refuse(to.what, "an object of this file", REPLACE_LINK);
  const lost = () =>
    file.refuse(`a soft link to ${to.path}`, "an object of this file", REPLACE_LINK);
  let at = to.path.startsWith("/") ? reader.root : group;
  for (const name of to.path.split("/")) {
    if (name === "" || name === ".") continue;
    const links = headerOf(reader, at).links ?? [];
    // links to links to links: each look at a group is paid for
    file.spendStructure(links.length + 1, at);
    const next = links.find((link) => link.name === name);
    if (next === undefined || hops === 0) return lost();
    at = follow(reader, next.to, at, hops - 1);
  }
  return at;
}
