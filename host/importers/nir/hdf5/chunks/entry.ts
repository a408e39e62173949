/** What an index says about one chunk: its address and, when chunks are filtered, its size and filter mask. */
import type { Cursor } from "../cursor.ts";
import type { Hdf5File } from "../file.ts";
import type { Chunk } from "./chunk-index.ts";
import type { Grid } from "./grid.ts";

const MASK_BYTES = 4;

/** The least that an entry takes: the size has one byte or more. */
export const entryBytes = (file: Hdf5File, filtered: boolean): number =>
  file.sizeOfOffsets + (filtered ? 1 + MASK_BYTES : 0);

/** null for a chunk that was never written. */
export function readEntry(
  c: Cursor,
  bytes: number,
  filtered: boolean,
  grid: Grid,
): Omit<Chunk, "place"> | null {
  const sizeBytes = bytes - c.file.sizeOfOffsets - MASK_BYTES;
  const sound = filtered ? sizeBytes >= 1 && sizeBytes <= 8 : bytes === c.file.sizeOfOffsets;
  if (!sound) c.file.damaged(c.at, `chunk entries of ${bytes} bytes`, "an address, size and mask");
  const address = c.offset();
  const size = filtered ? c.unsigned(sizeBytes) : grid.chunkBytes;
  const mask = filtered ? c.u32() : 0;
  return address === null ? null : { address, bytes: size, mask };
}
