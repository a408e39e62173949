/** Fixed arrays: datasets that cannot grow. HDF5 File Format Specification 3.0, Appendix VII.C. */
import { at } from "../../../../model/at.ts";
import { type Cursor, cursorAt } from "../cursor.ts";
import type { Hdf5File } from "../file.ts";
import type { Chunk } from "./chunk-index.ts";
import { readEntry } from "./entry.ts";
import { type Grid, placeOf } from "./grid.ts";

export function fixedArrayChunks(
  file: Hdf5File,
  address: number,
  grid: Grid,
  filtered: boolean,
): readonly Chunk[] {
  const c = cursorAt(file, address);
  c.signature("FAHD");
  c.expect(0, "fixed array version");
  c.expect(filtered ? 1 : 0, "fixed array client");
  const [bytes, pageBits, count, block] = [c.u8(), c.u8(), c.length(), c.offset()];
  c.checksum();
  if (block === null) return [];
  const data = cursorAt(file, block);
  data.signature("FADB");
  data.expect(0, "fixed array version");
  data.expect(filtered ? 1 : 0, "fixed array client");
  data.skip(file.sizeOfOffsets); // the header
  const chunks: Chunk[] = [];
  const entries = (from: Cursor, first: number, n: number) => {
    for (let k = first; k < first + n; k++) {
      const entry = readEntry(from, bytes, filtered, grid);
      if (entry !== null) chunks.push({ ...entry, place: placeOf(k, grid.maxCounts) });
    }
  };
  const perPage = 2 ** pageBits;
  if (count <= perPage) {
    entries(data, 0, count);
    data.checksum();
    return chunks;
  }
  // a bit for each page says whether it was written; pages have checksums of their own
  const written = data.take(Math.ceil(Math.ceil(count / perPage) / 8));
  data.checksum();
  let pageAt = data.at;
  for (let page = 0; page * perPage < count; page++) {
    const n = Math.min(perPage, count - page * perPage);
    if (bit(written, page)) {
      const inPage = cursorAt(file, pageAt, n * bytes + 4);
      entries(inPage, page * perPage, n);
      inPage.checksum();
    }
    pageAt += n * bytes + 4;
  }
  return chunks;
}

/** Bit k of a bitmap, the most significant bit of each byte first. */
export const bit = (bitmap: Uint8Array, k: number): boolean =>
  ((at(bitmap, k >> 3) >> (7 - (k & 7))) & 1) === 1;
