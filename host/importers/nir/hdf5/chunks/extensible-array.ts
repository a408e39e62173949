/**
 * Extensible arrays: datasets that grow along one axis. The first entries stand in the index block, the next in data
 * blocks, later ones in data blocks of secondary blocks; sizes double on the way.
 * HDF5 File Format Specification 3.0, Appendix VII.D.
 */
import { at } from "../../../../model/at.ts";
import { type Cursor, cursorAt } from "../cursor.ts";
import type { Hdf5File } from "../file.ts";
import type { Chunk } from "./chunk-index.ts";
import { readEntry } from "./entry.ts";
import { bit } from "./fixed-array.ts";
import { type Grid, placeOf } from "./grid.ts";

type Header = {
  readonly file: Hdf5File;
  readonly client: number;
  readonly entryBytes: number;
  /** bytes of a block's offset in the array */
  readonly offsetBytes: number;
  readonly perPage: number;
  /** takes n entries, the first of them number `first` of the array */
  readonly entries: (c: Cursor, first: number, n: number) => void;
};

export function extensibleArrayChunks(
  file: Hdf5File,
  address: number,
  grid: Grid,
  filtered: boolean,
): readonly Chunk[] {
  const client = filtered ? 1 : 0;
  const c = cursorAt(file, address);
  c.signature("EAHD");
  c.expect(0, "extensible array version");
  c.expect(client, "extensible array client");
  const [entryBytes, maxBits, inIndex, least, minPointers, pageBits] = c.take(6);
  c.skip(6 * file.sizeOfLengths); // statistics
  const index = c.offset();
  c.checksum();
  if (index === null) return [];
  const sizes = { entryBytes, maxBits, inIndex, least, minPointers, pageBits } as Sizes;
  const powers = [sizes.least, sizes.minPointers].every((n) => n > 0 && (n & (n - 1)) === 0);
  if (!powers || sizes.maxBits > 64 || sizes.maxBits < Math.log2(sizes.least)) {
    file.damaged(address, `blocks of ${least} entries`, "powers of two");
  }
  const chunks: Chunk[] = [];
  const header: Header = {
    ...{ file, client, entryBytes: sizes.entryBytes, offsetBytes: Math.ceil(sizes.maxBits / 8) },
    perPage: 2 ** sizes.pageBits,
    entries(from, first, n) {
      for (let k = first; k < first + n; k++) {
        const entry = readEntry(from, sizes.entryBytes, filtered, grid);
        if (entry !== null) chunks.push({ ...entry, place: growingPlace(k, grid.maxCounts) });
      }
    },
  };
  readIndexBlock(header, index, sizes);
  return chunks;
}

type Sizes = {
  readonly entryBytes: number;
  readonly maxBits: number;
  /** entries in the index block */
  readonly inIndex: number;
  /** entries in the smallest data block */
  readonly least: number;
  /** data blocks in the smallest secondary block */
  readonly minPointers: number;
  readonly pageBits: number;
};

/** Entries are in row-major order with the axis that grows in front. */
function growingPlace(k: number, maxCounts: readonly (number | null)[]): number[] {
  const growing = Math.max(0, maxCounts.indexOf(null));
  const counts = [null, ...maxCounts.toSpliced(growing, 1)];
  const place = placeOf(k, counts);
  return place.slice(1).toSpliced(growing, 0, at(place, 0));
}

function readIndexBlock(header: Header, at: number, sizes: Sizes): void {
  const { file, client, entries } = header;
  const { inIndex, least, minPointers, maxBits } = sizes;
  const c = cursorAt(file, at);
  c.signature("EAIB");
  c.expect(0, "extensible array version");
  c.expect(client, "extensible array client");
  c.skip(file.sizeOfOffsets);
  entries(c, 0, inIndex);
  const blocks = 1 + maxBits - Math.log2(least);
  // the data blocks of the first "secondary blocks" have their addresses here
  const direct = Math.min(blocks, 2 * Math.log2(minPointers));
  let first = inIndex;
  const later: (() => void)[] = [];
  for (let k = 0; k < blocks; k++) {
    const count = 2 ** Math.floor(k / 2);
    const each = least * 2 ** Math.floor((k + 1) / 2);
    const start = first;
    if (k < direct) {
      for (let block = 0; block < count; block++) {
        const child = c.offset();
        const from = start + block * each;
        if (child !== null) later.push(() => readDataBlock(header, child, from, each, null));
      }
    } else {
      const child = c.offset();
      if (child !== null) later.push(() => readSecondaryBlock(header, child, start, count, each));
    }
    first += count * each;
  }
  c.checksum();
  for (const read of later) read();
}

function readSecondaryBlock(
  header: Header,
  at: number,
  first: number,
  count: number,
  each: number,
): void {
  const { file, client, offsetBytes, perPage } = header;
  const c = cursorAt(file, at);
  c.signature("EASB");
  c.expect(0, "extensible array version");
  c.expect(client, "extensible array client");
  c.skip(file.sizeOfOffsets + offsetBytes);
  const pages = each > perPage ? each / perPage : 0;
  const bitmapBytes = Math.ceil(pages / 8);
  const written = c.take(count * bitmapBytes);
  const children = Array.from({ length: fits(c, count) }, () => c.offset());
  c.checksum();
  children.forEach((child, k) => {
    const bitmap = pages > 0 ? written.subarray(k * bitmapBytes, (k + 1) * bitmapBytes) : null;
    if (child !== null) readDataBlock(header, child, first + k * each, each, bitmap);
  });
}

/** A count of addresses, when they can all be in the file. */
function fits(c: Cursor, count: number): number {
  if (count * c.file.sizeOfOffsets > c.left) c.file.damaged(c.at, `${count} blocks`, "fewer");
  return count;
}

/** @param written for blocks of pages: which of them were written */
function readDataBlock(
  header: Header,
  at: number,
  first: number,
  count: number,
  written: Uint8Array | null,
): void {
  const { file, client, entryBytes, offsetBytes, perPage, entries } = header;
  const c = cursorAt(file, at);
  c.signature("EADB");
  c.expect(0, "extensible array version");
  c.expect(client, "extensible array client");
  c.skip(file.sizeOfOffsets + offsetBytes);
  if (written === null) {
    entries(c, first, count);
    c.checksum();
    return;
  }
  c.checksum();
  const pageBytes = perPage * entryBytes + 4;
  for (let page = 0; page * perPage < count; page++) {
    if (!bit(written, page)) continue;
    const inPage = cursorAt(file, c.at + page * pageBytes, pageBytes);
    entries(inPage, first + page * perPage, perPage);
    inPage.checksum();
  }
}
