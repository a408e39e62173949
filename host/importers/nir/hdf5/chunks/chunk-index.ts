/** The chunks of a dataset, whichever of the six ways they are indexed. */
import { bTree1Entries, NODE_TYPE } from "../b-tree-1.ts";
import { bTree2Records } from "../b-tree-2.ts";
import { cursorAt } from "../cursor.ts";
import type { Hdf5File } from "../file.ts";
import { entryBytes, readEntry } from "./entry.ts";
import { extensibleArrayChunks } from "./extensible-array.ts";
import { fixedArrayChunks } from "./fixed-array.ts";
import { type Grid, placeOf } from "./grid.ts";

export type ChunkIndex =
  | { readonly kind: "version 1 B-tree" }
  /** bytes of a filtered chunk, or null */
  | { readonly kind: "single chunk"; readonly bytes: number | null; readonly mask: number }
  | { readonly kind: "implicit" }
  | { readonly kind: "fixed array" }
  | { readonly kind: "extensible array" }
  | { readonly kind: "version 2 B-tree" };

/** A chunk in the file. */
export type Chunk = {
  /** counted in chunks along each axis */
  readonly place: readonly number[];
  readonly address: number;
  /** as stored: filters change it */
  readonly bytes: number;
  /** bit k: filter k was not used */
  readonly mask: number;
};

/** @param filtered the dataset has filters: chunks have sizes of their own */
export function chunksOf(
  file: Hdf5File,
  index: ChunkIndex,
  address: number,
  grid: Grid,
  filtered: boolean,
): readonly Chunk[] {
  switch (index.kind) {
    case "version 1 B-tree":
      return bTree1Chunks(file, address, grid);
    case "single chunk": {
      const { bytes, mask } = index;
      return [{ place: grid.shape.map(() => 0), address, bytes: bytes ?? grid.chunkBytes, mask }];
    }
    case "implicit":
      return implicitChunks(file, address, grid);
    case "fixed array":
      return fixedArrayChunks(file, address, grid, filtered);
    case "extensible array":
      return extensibleArrayChunks(file, address, grid, filtered);
    case "version 2 B-tree":
      return bTree2Chunks(file, address, grid, filtered);
  }
}

/** Key: u32 bytes, u32 filter mask, u64 of the first element along each axis and inside the element: 0. */
function bTree1Chunks(file: Hdf5File, address: number, grid: Grid): readonly Chunk[] {
  const keyBytes = 8 + 8 * (grid.shape.length + 1);
  return bTree1Entries(file, address, NODE_TYPE.chunks, keyBytes).map(({ key, child }) => {
    const c = cursorAt(file, key, keyBytes);
    const [bytes, mask] = [c.u32(), c.u32()];
    const place = grid.chunkShape.map((size) => c.u64() / size);
    if (place.some((n) => !Number.isInteger(n))) {
      file.damaged(key, "a chunk between places", "multiples of the chunk's shape");
    }
    return { place, address: child, bytes, mask };
  });
}

/** One after the other, without filters, as many as the dataset may ever have. */
function implicitChunks(file: Hdf5File, address: number, grid: Grid): readonly Chunk[] {
  const count = grid.maxCounts.reduce<number>((n, d) => n * (d ?? Number.NaN), 1);
  file.slice(address, count * grid.chunkBytes);
  return Array.from({ length: count }, (_, k) => ({
    place: placeOf(k, grid.maxCounts),
    address: address + k * grid.chunkBytes,
    bytes: grid.chunkBytes,
    mask: 0,
  }));
}

const [UNFILTERED, FILTERED] = [10, 11];

/** Record: an entry, then u64 of the place along each axis. */
function bTree2Chunks(
  file: Hdf5File,
  address: number,
  grid: Grid,
  filtered: boolean,
): readonly Chunk[] {
  const type = filtered ? FILTERED : UNFILTERED;
  return bTree2Records(file, address, type).flatMap((record) => {
    const bytes = record.left - 8 * grid.shape.length;
    if (bytes < entryBytes(file, filtered)) {
      file.damaged(record.at, `a record of ${record.left} bytes`, "more");
    }
    const entry = readEntry(record, bytes, filtered, grid);
    const place = grid.shape.map(() => record.u64());
    return entry === null ? [] : [{ ...entry, place }];
  });
}
