/**
 * Fractal heaps: where groups of many links keep their link messages. Blocks form a table whose rows double in size.
 * HDF5 File Format Specification 3.0, III.G.
 */
import { at } from "../../../../model/at.ts";
import { bytesFor } from "../b-tree-2.ts";
import { lookup3 } from "../checksum.ts";
import { type Cursor, cursorAt } from "../cursor.ts";
import type { Hdf5File } from "../file.ts";

type Heap = {
  readonly file: Hdf5File;
  readonly address: number;
  readonly idBytes: number;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** blocks in a row */
  readonly width: number;
  /** bytes of a block in rows 0 and 1; the next rows double */
  readonly startBytes: number;
  readonly maxDirectBytes: number;
  readonly checksums: boolean;
};

/** Where a direct block is, in the file and in the space of the heap. */
type Block = { readonly at: number; readonly offset: number; readonly bytes: number };

/** Returns a function from heap IDs to objects. */
export function readFractalHeap(file: Hdf5File, address: number): (id: Cursor) => Cursor {
  const c = cursorAt(file, address);
  c.signature("FRHP");
  c.expect(0, "fractal heap version");
  const [idBytes, filterBytes, flags, maxManaged] = [c.u16(), c.u16(), c.u8(), c.u32()];
  if (filterBytes > 0) file.refuse("compressed links", "links without a filter");
  // huge objects, free space, statistics
  c.skip(3 * file.sizeOfLengths + 2 * file.sizeOfOffsets + 7 * file.sizeOfLengths);
  const [width, startBytes, maxDirectBytes] = [c.u16(), c.length(), c.length()];
  const maxHeapBits = c.u16();
  c.skip(2); // rows of a new root
  const root = c.offset();
  const rows = c.u16();
  c.checksum();
  const powers = [width, startBytes, maxDirectBytes].every(
    (n) => n > 0 && Number.isInteger(Math.log2(n)),
  );
  if (!powers || maxDirectBytes < startBytes || maxHeapBits > 64 || maxManaged === 0) {
    file.damaged(address, `a heap of ${width} blocks of ${startBytes} bytes`, "powers of two");
  }
  const heap: Heap = {
    ...{ file, address, idBytes, width, startBytes, maxDirectBytes, checksums: (flags & 2) !== 0 },
    offsetBytes: Math.ceil(maxHeapBits / 8),
    lengthBytes: Math.min(bytesFor(maxDirectBytes), bytesFor(maxManaged)),
  };
  const blocks: Block[] = [];
  if (root !== null) {
    if (rows === 0) blocks.push(direct(heap, root, 0, startBytes));
    else indirect(heap, root, 0, rows, new Set(), blocks);
  }
  return (id) => object(heap, blocks, id);
}

/** Bits 4 and 5 of an ID's first byte: managed objects stand in blocks. */
const MANAGED = 0;

function object(heap: Heap, blocks: readonly Block[], id: Cursor): Cursor {
  const { file } = heap;
  const flags = id.u8();
  if (flags >> 4 !== MANAGED) file.refuse("links of more than 4 kB", "links with shorter names");
  const offset = id.unsigned(heap.offsetBytes);
  const bytes = id.unsigned(heap.lengthBytes);
  const block = lastFrom(blocks, offset);
  if (block === undefined || offset + bytes > block.offset + block.bytes) {
    return file.damaged(heap.address, `no heap object at ${offset}`, "an object of this heap");
  }
  return cursorAt(file, block.at + (offset - block.offset), bytes);
}

/** The block that begins at the offset or last before it; blocks are in the order of their offsets. */
function lastFrom(blocks: readonly Block[], offset: number): Block | undefined {
  let [low, high] = [0, blocks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(blocks, middle).offset <= offset) low = middle + 1;
    else high = middle;
  }
  return blocks[low - 1];
}

/** Signature, version, the heap's address, the block's offset in the heap. */
function blockHead(heap: Heap, c: Cursor, signature: string, offset: number): void {
  c.signature(signature);
  c.expect(0, "heap block version");
  const owner = c.address();
  const stored = c.unsigned(heap.offsetBytes);
  if (owner === heap.address && stored === offset) return;
  heap.file.damaged(c.start, `block ${stored} of heap ${owner}`, `${offset} of ${heap.address}`);
}

function direct(heap: Heap, at: number, offset: number, bytes: number): Block {
  const { file } = heap;
  const c = cursorAt(file, at, bytes);
  blockHead(heap, c, "FHDB", offset);
  if (heap.checksums) {
    // over the whole block, with zeros where it stands itself
    const whole = file.bytes.slice(at, at + bytes);
    const place = c.at - at;
    const stored = c.u32();
    whole.fill(0, place, place + 4);
    file.spendStructure(bytes, at);
    if (lookup3(whole) !== stored)
      file.damaged(at, "a heap block with a wrong checksum", "its own");
  }
  return { at, offset, bytes };
}

function indirect(
  heap: Heap,
  at: number,
  offset: number,
  rows: number,
  visited: Set<number>,
  blocks: Block[],
): void {
  const { file, width, startBytes, maxDirectBytes } = heap;
  if (visited.has(at)) file.damaged(at, "a heap that leads back to itself", "a tree");
  visited.add(at);
  const c = cursorAt(file, at);
  blockHead(heap, c, "FHIB", offset);
  let within = offset;
  const children: (() => void)[] = [];
  for (let row = 0; row < rows; row++) {
    const bytes = startBytes * 2 ** Math.max(0, row - 1);
    for (let k = 0; k < width; k++, within += bytes) {
      const child = c.offset();
      if (child === null) continue;
      const from = within;
      if (bytes <= maxDirectBytes)
        children.push(() => blocks.push(direct(heap, child, from, bytes)));
      else {
        const inner = Math.log2(bytes / (startBytes * width)) + 1;
        if (!(inner > 0)) file.damaged(at, `a block of ${bytes} bytes`, "one with rows");
        children.push(() => indirect(heap, child, from, inner, visited, blocks));
      }
    }
  }
  c.checksum();
  for (const read of children) read();
}
