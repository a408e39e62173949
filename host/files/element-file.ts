/** A file of elements as they are: .npy with a head that counts its rows, anything else as it comes. */
import { fail } from "../errors.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { type AtomicFile, createAtomic } from "./file.ts";
import { createNpy, isNpy, npyRowOf, whatDoesNotFit } from "./npy-rows.ts";

/** @throws USAGE where no .npy file can hold these rows */
export function requireWritable(
  path: string,
  tensors: readonly ManifestTensor[],
  flag: string,
): void {
  if (npyRowOf(tensors) !== null) return;
  const [got, expected, remedy] = whatDoesNotFit(tensors);
  fail("USAGE", flag, `${path}, ${got}`, expected, remedy);
}

/** @param axis what the first axis of the tensors is: of batches, whose one inference is a row, it is left out */
export async function createElements(
  path: string,
  tensors: readonly ManifestTensor[],
  axis: "batches" | "values",
): Promise<AtomicFile> {
  const row = isNpy(path) ? npyRowOf(tensors) : null;
  if (row === null) return createAtomic(path);
  const [first, ...rest] = row.shape;
  const batch = axis === "batches" && tensors.length === 1 && first === 1 && rest.length > 0;
  return createNpy(path, { ...row, shape: batch ? rest : row.shape });
}
