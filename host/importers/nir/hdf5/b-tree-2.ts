/** B-trees of version 2: links by name, and chunks of datasets. HDF5 File Format Specification 3.0, III.A.2. */
import { at } from "../../../model/at.ts";
import { type Cursor, cursorAt } from "./cursor.ts";
import type { Hdf5File } from "./file.ts";

/** Signature, version, type and checksum of every node. */
const NODE_BYTES = 4 + 1 + 1 + 4;

type Tree = {
  readonly type: number;
  readonly nodeBytes: number;
  readonly recordBytes: number;
  /** of each depth, the leaves' being 0: bytes of the count of all records below a node; 0 where it is not stored */
  readonly totalBytes: readonly number[];
  readonly countBytes: number;
};

/** Bytes that hold numbers up to n. */
export const bytesFor = (n: number): number => Math.floor(Math.log2(n) / 8) + 1;

/** A cursor on each record, in the order of their keys. */
export function bTree2Records(file: Hdf5File, address: number, type: number): readonly Cursor[] {
  const c = cursorAt(file, address);
  c.signature("BTHD");
  c.expect(0, "B-tree version");
  c.expect(type, "B-tree type");
  const [nodeBytes, recordBytes, depth] = [c.u32(), c.u16(), c.u16()];
  c.skip(2); // when nodes are split and merged
  const root = c.offset();
  const count = c.u16();
  c.length();
  c.checksum();
  if (root === null) return [];
  const tree = treeOf(file, address, { type, nodeBytes, recordBytes }, depth);
  const visited = new Set<number>();
  const records: Cursor[] = [];
  walk(file, tree, { address: root, count, depth }, visited, records);
  return records;
}

/** How wide the counts in nodes are follows from how many records fit. */
function treeOf(
  file: Hdf5File,
  address: number,
  sizes: Pick<Tree, "type" | "nodeBytes" | "recordBytes">,
  depth: number,
): Tree {
  const { nodeBytes, recordBytes } = sizes;
  const inLeaf = Math.floor((nodeBytes - NODE_BYTES) / recordBytes);
  if (!(recordBytes > 0 && inLeaf > 0)) {
    file.damaged(address, `records of ${recordBytes} bytes in ${nodeBytes}`, "records that fit");
  }
  const countBytes = bytesFor(inLeaf);
  const totalBytes = [0];
  let most = inLeaf;
  for (let level = 1; level <= depth; level++) {
    const pointer = file.sizeOfOffsets + countBytes + at(totalBytes, level - 1);
    const here = Math.floor((nodeBytes - NODE_BYTES - pointer) / (recordBytes + pointer));
    most = (here + 1) * most + here;
    // a tree of more records than any file has
    if (!(here > 0 && most < 2 ** 64)) file.damaged(address, `a B-tree of depth ${depth}`, "less");
    totalBytes.push(bytesFor(most));
  }
  return { ...sizes, totalBytes, countBytes };
}

type Node = { readonly address: number; readonly count: number; readonly depth: number };

function walk(
  file: Hdf5File,
  tree: Tree,
  { address, count, depth }: Node,
  visited: Set<number>,
  records: Cursor[],
): void {
  if (visited.has(address)) file.damaged(address, "a B-tree that leads back to itself", "a tree");
  visited.add(address);
  const c = cursorAt(file, address, tree.nodeBytes);
  c.signature(depth > 0 ? "BTIN" : "BTLF");
  c.expect(0, "B-tree node version");
  c.expect(tree.type, "B-tree type");
  const own = Array.from({ length: count }, () =>
    cursorAt(file, c.skip(tree.recordBytes), tree.recordBytes),
  );
  const children: Node[] = [];
  for (let k = 0; depth > 0 && k <= count; k++) {
    const child = { address: c.address(), count: c.unsigned(tree.countBytes), depth: depth - 1 };
    c.skip(at(tree.totalBytes, depth - 1));
    children.push(child);
  }
  c.checksum();
  for (let k = 0; k <= count; k++) {
    const [child, record] = [children[k], own[k]];
    if (child !== undefined) walk(file, tree, child, visited, records);
    if (record !== undefined) records.push(record);
  }
}
