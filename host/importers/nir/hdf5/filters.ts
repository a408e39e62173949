/** The filter pipeline of chunked datasets: deflate, lzf, shuffle, Fletcher32. HDF5 File Format Specification 3.0, IV.A.2.l. */
import { inflateSync } from "node:zlib";
import { fletcher32 } from "./checksum.ts";
import type { Cursor } from "./cursor.ts";
import type { Hdf5File } from "./file.ts";
import { unpacked } from "./lzf.ts";

export type Filter = { readonly id: number; readonly values: readonly number[] };

const [DEFLATE, SHUFFLE, FLETCHER32, LZF] = [1, 2, 3, 32000];
const READ: ReadonlySet<number> = new Set([DEFLATE, SHUFFLE, FLETCHER32, LZF]);
const OTHERS: Readonly<Record<number, string>> = {
  ...{ 4: "szip", 5: "nbit", 6: "scaleoffset", 32001: "blosc", 32004: "lz4" },
  ...{ 32008: "bitshuffle", 32013: "zfp", 32015: "zstd" },
};
const CHECKSUM_BYTES = 4;
const MAX_FILTERS = 32;

/** Refuses filters that cannot be undone: their bytes are no numbers. */
export function readFilterPipeline(c: Cursor): readonly Filter[] {
  const { at, file } = c;
  const [version, count] = [c.u8(), c.u8()];
  if (version !== 1 && version !== 2) file.damaged(at, `pipeline version ${version}`, "1 or 2");
  if (count > MAX_FILTERS) file.damaged(at, `${count} filters`, `at most ${MAX_FILTERS}`);
  if (version === 1) c.skip(6);
  return Array.from({ length: count }, () => readFilter(c, version));
}

function readFilter(c: Cursor, version: number): Filter {
  const id = c.u16();
  const nameBytes = version === 1 || id >= 256 ? c.u16() : 0;
  c.skip(2); // optional or not: it was used
  const count = c.u16();
  c.skip(version === 1 ? (nameBytes + 7) & ~7 : nameBytes);
  const values = Array.from({ length: count }, () => c.u32());
  if (version === 1 && count % 2 === 1) c.skip(4);
  if (!READ.has(id)) {
    const name = OTHERS[id] === undefined ? "" : ` (${OTHERS[id]})`;
    const remedy = "Write the file again with compression=None or compression='gzip'.";
    c.file.refuse(
      `HDF5 filter ${id}${name}`,
      "no filter, gzip, lzf, shuffle or fletcher32",
      remedy,
    );
  }
  return { id, values };
}

/**
 * One chunk as it is stored → its elements.
 * @param mask  bit k: filter k was not used on this chunk
 * @param bytes of the whole chunk, which nothing may exceed
 */
export function unfiltered(
  file: Hdf5File,
  filters: readonly Filter[],
  mask: number,
  at: number,
  stored: Uint8Array,
  bytes: number,
): Uint8Array {
  let data = stored;
  for (let k = filters.length - 1; k >= 0; k--) {
    const filter = filters[k];
    if (filter === undefined || (mask >>> k) & 1) continue;
    const most = bytes + k * CHECKSUM_BYTES; // the filters before may have added a checksum each
    if (filter.id === DEFLATE) data = inflated(file, at, data, most);
    else if (filter.id === LZF) data = unpacked(file, at, data, most);
    else if (filter.id === SHUFFLE) data = unshuffled(data, filter.values[0] ?? 1);
    else data = checked(file, at, data);
  }
  if (data.length !== bytes) {
    file.damaged(at, `a chunk of ${data.length} bytes`, `${bytes} bytes, as its shape says`);
  }
  return data;
}

function inflated(file: Hdf5File, at: number, data: Uint8Array, most: number): Uint8Array {
  try {
    // one block of output where it all fits, and one byte more to see that it ends
    return inflateSync(data, { maxOutputLength: most, chunkSize: Math.max(64, most + 1) });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return file.damaged(at, `gzip data that cannot be read (${why})`, `${most} bytes`, error);
  }
}

/** First all first bytes, then all second bytes, …; what is no whole element stays at the end. */
export function unshuffled(data: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(data.length / size);
  if (size <= 1 || count <= 1) return data;
  const out = new Uint8Array(data.length);
  for (let byte = 0; byte < size; byte++) {
    for (let k = 0; k < count; k++) out[k * size + byte] = data[byte * count + k] as number;
  }
  out.set(data.subarray(count * size), count * size);
  return out;
}

function checked(file: Hdf5File, at: number, data: Uint8Array): Uint8Array {
  const end = data.length - CHECKSUM_BYTES;
  if (end < 0) file.damaged(at, `a chunk of ${data.length} bytes`, "a checksum at its end");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const kept = data.subarray(0, end);
  if (view.getUint32(end, true) !== fletcher32(kept)) {
    file.damaged(at, "a chunk with a wrong checksum", "its Fletcher32 checksum");
  }
  return kept;
}
