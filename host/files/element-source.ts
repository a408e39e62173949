/** Where elements come from that lie in a file as they are: .bin, or .npy behind its head. */
import type { ManifestTensor } from "../module/manifest.ts";
import { inspectNpy, isNpy, npyElements, npyRows, requireNpyRow } from "./npy-rows.ts";
import { bytesOf, sizeOf } from "./read-bytes.ts";
import { fileBytes } from "./tensor-values.ts";

export type ElementSource = {
  /** bytes of all rows; null for pipes and devices */
  readonly size: number | null;
  /** the rows' bytes, cut anywhere */
  readonly chunks: () => AsyncGenerator<Uint8Array>;
};

/** @throws IO; of a .npy file also INPUT_FORMAT, INPUT_SIZE */
export async function elementSource(
  path: string,
  tensors: readonly ManifestTensor[],
): Promise<ElementSource> {
  const size = await sizeOf(path);
  if (!isNpy(path)) return { size, chunks: () => bytesOf(path) };
  const row = requireNpyRow(path, tensors);
  const rows = size === null ? null : npyRows(path, await inspectNpy(path, size, row), row);
  return {
    size: rows === null ? null : rows * fileBytes(tensors),
    chunks: () => npyElements(path, bytesOf(path), row),
  };
}
