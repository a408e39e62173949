/** Where the elements of a dataset are. HDF5 File Format Specification 3.0, IV.A.2.i. */
import { at } from "../../../model/at.ts";
import type { ChunkIndex } from "./chunks/chunk-index.ts";
import type { Cursor } from "./cursor.ts";

export type Layout =
  | { readonly kind: "compact"; readonly data: Uint8Array }
  /** null: nothing was written */
  | { readonly kind: "contiguous"; readonly address: number | null }
  | ChunkedLayout;

export type ChunkedLayout = {
  readonly kind: "chunked";
  /** null: nothing was written */
  readonly address: number | null;
  readonly index: ChunkIndex;
  /** of one chunk, in elements */
  readonly chunkShape: readonly number[];
  readonly elementBytes: number;
  /** chunks that reach over the edge of the dataset are stored without filters */
  readonly edgesUnfiltered: boolean;
};

const CLASSES = ["compact", "contiguous", "chunked", "virtual"] as const;
const REPACK = "Write the file again with nir.write(), or with h5repack.";
const ONE_FILE = "Write the file again with nir.write(), which keeps all values in it.";

export function readLayout(c: Cursor): Layout {
  const { file } = c;
  const version = c.u8();
  if (version < 3 || version > 5) {
    file.refuse(`data layout version ${version}`, "3 to 5", REPACK);
  }
  const number = c.u8();
  switch (CLASSES[number]) {
    case "compact":
      return { kind: "compact", data: c.take(c.u16()) };
    case "contiguous":
      return { kind: "contiguous", address: c.offset() };
    case "chunked":
      return version === 3 ? chunked3(c) : chunked(c);
    case "virtual":
      return file.refuse("a virtual dataset", "its values in this file", ONE_FILE);
    default:
      return file.damaged(c.at, `data layout class ${number}`, CLASSES.slice(0, 3).join(", "));
  }
}

function chunked3(c: Cursor): ChunkedLayout {
  const rank = c.u8();
  const address = c.offset();
  const sizes = Array.from({ length: rank }, () => c.u32());
  const index: ChunkIndex = { kind: "version 1 B-tree" };
  return { kind: "chunked", address, index, ...shapeOf(c, sizes), edgesUnfiltered: false };
}

const [EDGES_UNFILTERED, SINGLE_FILTERED] = [1, 2];

function chunked(c: Cursor): ChunkedLayout {
  const [flags, rank, sizeBytes] = [c.u8(), c.u8(), c.u8()];
  if (sizeBytes > 8) c.file.damaged(c.at, `chunk sizes of ${sizeBytes} bytes`, "at most 8");
  const sizes = Array.from({ length: rank }, () => c.unsigned(sizeBytes));
  const shape = shapeOf(c, sizes);
  const index = readIndex(c, c.u8(), (flags & SINGLE_FILTERED) !== 0);
  const edgesUnfiltered = (flags & EDGES_UNFILTERED) !== 0;
  return { kind: "chunked", index, address: c.offset(), ...shape, edgesUnfiltered };
}

/** Parameters of the last three indexes stand in their own headers too, and are read there. */
function readIndex(c: Cursor, type: number, filtered: boolean): ChunkIndex {
  switch (type) {
    case 1:
      if (!filtered) return { kind: "single chunk", bytes: null, mask: 0 };
      return { kind: "single chunk", bytes: c.length(), mask: c.u32() };
    case 2:
      return { kind: "implicit" };
    case 3:
      c.skip(1); // bits of a page
      return { kind: "fixed array" };
    case 4:
      c.skip(5); // sizes of blocks
      return { kind: "extensible array" };
    case 5:
      c.skip(4 + 1 + 1); // size of nodes, when they are split and merged
      return { kind: "version 2 B-tree" };
    default:
      return c.file.damaged(c.at, `chunk index type ${type}`, "1 to 5");
  }
}

/** The last size is that of an element. */
function shapeOf(c: Cursor, sizes: readonly number[]) {
  const chunkShape = sizes.slice(0, -1);
  if (chunkShape.length === 0 || sizes.some((n) => n === 0)) {
    c.file.damaged(c.at, `chunks of [${sizes}]`, "a positive size on every axis");
  }
  return { chunkShape, elementBytes: at(sizes, chunkShape.length) };
}
