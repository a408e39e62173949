/** A dataset as a grid of chunks, and places in it. */

export type Grid = {
  /** of the dataset, in elements */
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly chunkBytes: number;
  /** chunks along each axis, as far as the dataset may grow; null without end */
  readonly maxCounts: readonly (number | null)[];
  /** chunks along each axis; never 0 */
  readonly counts: readonly number[];
};

/** Row-major: the place of chunk k. The first count does not matter, and may be without end. */
export function placeOf(k: number, counts: readonly (number | null)[]): number[] {
  const place = new Array<number>(counts.length).fill(0);
  let rest = k;
  for (let axis = counts.length - 1; axis > 0; axis--) {
    const count = counts[axis] ?? 1;
    place[axis] = rest % count;
    rest = Math.floor(rest / count);
  }
  place[0] = rest;
  return place;
}
