/** Dataspaces: the shape of a dataset. HDF5 File Format Specification 3.0, IV.A.2.b. */
import type { Cursor } from "./cursor.ts";

export type Dataspace = {
  /** [] for a scalar */
  readonly shape: readonly number[];
  /** how far each axis may grow; null without end */
  readonly maxShape: readonly (number | null)[];
};

const MAX_RANK = 32;
const NULL_SPACE = 2;

export function readDataspace(c: Cursor): Dataspace {
  const { at, file } = c;
  const [version, rank, flags] = [c.u8(), c.u8(), c.u8()];
  if (version !== 1 && version !== 2) file.damaged(at, `dataspace version ${version}`, "1 or 2");
  const type = c.u8(); // reserved in version 1
  if (version === 2 && type === NULL_SPACE) file.refuse("no data", "a dataset with a value");
  if (version === 1) c.skip(4);
  if (rank > MAX_RANK) file.damaged(at, `${rank} axes`, `at most ${MAX_RANK}`);
  const shape = Array.from({ length: rank }, () => c.length());
  if ((flags & 1) === 0) return { shape, maxShape: shape };
  const unlimited = 2 ** (8 * file.sizeOfLengths) - 1;
  const maxShape = shape.map(() => c.length()).map((n) => (n >= unlimited ? null : n));
  if (shape.some((n, k) => n > (maxShape[k] ?? n))) {
    file.damaged(at, `shape [${shape}]`, `at most [${maxShape}]`);
  }
  return { shape, maxShape };
}
