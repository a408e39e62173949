/** B-trees of version 1: entries of symbol tables, and chunks of datasets. HDF5 File Format Specification 3.0, III.A.1. */
import { cursorAt } from "./cursor.ts";
import type { Hdf5File } from "./file.ts";

export const NODE_TYPE = { group: 0, chunks: 1 } as const;

export type Entry = {
  /** where the key stands that belongs to the child */
  readonly key: number;
  readonly child: number;
};

/** What the leaves point to, in the order of their keys. */
export function bTree1Entries(
  file: Hdf5File,
  root: number,
  type: number,
  keyBytes: number,
): readonly Entry[] {
  const visited = new Set<number>();
  const entries: Entry[] = [];
  const walk = (address: number, expectedLevel: number | null): void => {
    if (visited.has(address)) file.damaged(address, "a B-tree that leads back to itself", "a tree");
    visited.add(address);
    const c = cursorAt(file, address);
    c.signature("TREE");
    c.expect(type, "B-tree node type");
    const level = c.u8();
    if (level !== (expectedLevel ?? level)) {
      file.damaged(address, `a B-tree node of level ${level}`, `level ${expectedLevel}`);
    }
    const count = c.u16();
    c.skip(2 * file.sizeOfOffsets); // siblings
    for (let k = 0; k < count; k++) {
      const key = c.skip(keyBytes);
      const child = c.address();
      if (level === 0) entries.push({ key, child });
      else walk(child, level - 1);
    }
  };
  walk(root, null);
  return entries;
}
