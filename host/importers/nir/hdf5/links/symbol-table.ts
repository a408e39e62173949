/**
 * Groups of the old kind: a B-tree of symbol table nodes, with the names in a local heap.
 * HDF5 File Format Specification 3.0, III.B to III.D.
 */
import { bTree1Entries, NODE_TYPE } from "../b-tree-1.ts";
import { type Cursor, cursorAt } from "../cursor.ts";
import type { Hdf5File } from "../file.ts";
import { type Link, text } from "./link.ts";

const SOFT = 2;
const SCRATCH_BYTES = 16;

/** @param c the body of a symbol table message */
export function symbolTableLinks(file: Hdf5File, c: Cursor): readonly Link[] {
  const tree = c.address();
  const heap = readLocalHeap(file, c.address());
  return bTree1Entries(file, tree, NODE_TYPE.group, file.sizeOfLengths).flatMap(({ child }) =>
    readNode(file, child, heap),
  );
}

function readNode(file: Hdf5File, address: number, heap: LocalHeap): Link[] {
  const c = cursorAt(file, address);
  c.signature("SNOD");
  c.expect(1, "symbol table node version");
  c.skip(1);
  return Array.from({ length: c.u16() }, () => {
    const name = c.unsigned(file.sizeOfOffsets);
    const header = c.offset();
    const cached = c.u32();
    c.skip(4);
    const scratch = cursorAt(file, c.skip(SCRATCH_BYTES), SCRATCH_BYTES);
    if (cached === SOFT) {
      const path = heap.text(scratch.u32());
      return { name: heap.text(name), created: null, to: { kind: "soft", path } };
    }
    if (header === null) return file.damaged(c.at, "the undefined address", "an object's address");
    return { name: heap.text(name), created: null, to: { kind: "hard", address: header } };
  });
}

type LocalHeap = { readonly text: (offset: number) => string };

function readLocalHeap(file: Hdf5File, address: number): LocalHeap {
  const c = cursorAt(file, address);
  c.signature("HEAP");
  c.expect(0, "local heap version");
  c.skip(3);
  const size = c.length();
  c.length(); // the free list
  const at = c.address();
  const data = file.slice(at, size);
  return {
    text(offset) {
      const end = offset < size ? data.indexOf(0, offset) : -1;
      if (end < 0) file.damaged(at, `a name at ${offset} of a heap of ${size} bytes`, "inside");
      file.spendStructure(end - offset, at);
      return text(data.subarray(offset, end));
    },
  };
}
