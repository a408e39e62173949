/** Chunks → the elements of a dataset, in row-major order. */

import { at } from "../../../../model/at.ts";
import { elements } from "../../../../model/graph.ts";
import type { Dataspace } from "../dataspace.ts";
import type { Hdf5File } from "../file.ts";
import { type FillValue, filled } from "../fill-value.ts";
import { type Filter, unfiltered } from "../filters.ts";
import type { ChunkedLayout } from "../layout.ts";
import { type Chunk, chunksOf } from "./chunk-index.ts";
import type { Grid } from "./grid.ts";

export function readChunks(
  file: Hdf5File,
  layout: ChunkedLayout,
  { shape, maxShape }: Dataspace,
  filters: readonly Filter[],
  fill: FillValue,
  elementBytes: number,
): Uint8Array {
  const { chunkShape } = layout;
  if (chunkShape.length !== shape.length || layout.elementBytes !== elementBytes) {
    const got = `chunks [${chunkShape}] of ${layout.elementBytes}-byte elements`;
    file.refuse(got, `chunks for [${shape}] of ${elementBytes}-byte elements`);
  }
  const chunkBytes = elements(chunkShape) * elementBytes;
  const inChunks = (n: number, axis: number) => Math.max(1, Math.ceil(n / at(chunkShape, axis)));
  const grid: Grid = {
    ...{ shape, chunkShape, chunkBytes, counts: shape.map(inChunks) },
    maxCounts: maxShape.map((n, axis) => (n === null ? null : inChunks(n, axis))),
  };
  const bytes = elements(shape) * elementBytes;
  // the dataset is paid for; what its chunks have over its edge is not
  file.spendDecoded(elements(grid.counts) * chunkBytes - bytes, `chunks of [${chunkShape}]`);
  const out = filled(file, fill, bytes, elementBytes);
  if (layout.address === null) return out;
  const seen = new Set<string>();
  for (const chunk of chunksOf(file, layout.index, layout.address, grid, filters.length > 0)) {
    const { place, address } = chunk;
    // a dataset that became smaller may leave chunks outside
    if (place.some((n, axis) => n >= at(grid.counts, axis))) continue;
    if (seen.has(place.join())) file.damaged(address, `chunk [${place}] twice`, "each once");
    seen.add(place.join());
    copy(elementsOf(file, layout, grid, filters, chunk), grid, place, elementBytes, out);
  }
  return out;
}

function elementsOf(
  file: Hdf5File,
  { edgesUnfiltered }: ChunkedLayout,
  { shape, chunkShape, chunkBytes }: Grid,
  filters: readonly Filter[],
  { place, address, bytes, mask }: Chunk,
): Uint8Array {
  const overEdge = chunkShape.some((size, k) => (at(place, k) + 1) * size > at(shape, k));
  const used = edgesUnfiltered && overEdge ? [] : filters;
  return unfiltered(file, used, mask, address, file.slice(address, bytes), chunkBytes);
}

/** Row by row, without what lies over the dataset's edge. */
function copy(
  chunk: Uint8Array,
  { shape, chunkShape }: Grid,
  place: readonly number[],
  elementBytes: number,
  out: Uint8Array,
): void {
  const start = place.map((n, axis) => n * at(chunkShape, axis));
  const inside = start.map((from, k) => Math.min(at(chunkShape, k), at(shape, k) - from));
  const last = shape.length - 1;
  const rowBytes = at(inside, last) * elementBytes;
  const index = inside.map(() => 0);
  for (let rows = elements(inside.slice(0, last)); rows > 0; rows--) {
    let [from, to] = [0, 0];
    for (let axis = 0; axis <= last; axis++) {
      const along = index[axis] as number;
      from = from * (chunkShape[axis] as number) + along;
      to = to * (shape[axis] as number) + (start[axis] as number) + along;
    }
    from *= elementBytes;
    out.set(chunk.subarray(from, from + rowBytes), to * elementBytes);
    for (let axis = last - 1; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1;
      index[axis] = next < (inside[axis] as number) ? next : 0;
      if (index[axis] !== 0) break;
    }
  }
}
