/** Rules of shape against what they mean: indices that exist, windows that fit, counted one by one. */
import { describe, expect, test } from "vitest";
import { broadcast, windowed } from "../../../../host/model/operators/shapes.ts";
import { mulberry32 } from "../../../../host/model/random.ts";
import { dice } from "../../../support/random-draft.ts";

test.each<[readonly number[], readonly number[], readonly number[] | null]>([
  // the examples of NumPy's manual
  [[256, 256, 3], [3], [256, 256, 3]],
  [
    [8, 1, 6, 1],
    [7, 1, 5],
    [8, 7, 6, 5],
  ],
  [[5, 4], [1], [5, 4]],
  [[5, 4], [4], [5, 4]],
  [
    [15, 3, 5],
    [15, 1, 5],
    [15, 3, 5],
  ],
  [
    [15, 3, 5],
    [3, 1],
    [15, 3, 5],
  ],
  [[3], [4], null],
  [[2, 1], [8, 4, 3], null],
  [[], [2, 3], [2, 3]],
  [[], [], []],
])("[%s] with [%s] is [%s]", (a, b, expected) => {
  expect(broadcast(a, b)).toEqual(expected);
  expect(broadcast(b, a)).toEqual(expected);
});

/** Windows over `size` pixels with padding, counted: the last tap of each lies inside. */
function places(size: number, extent: number, stride: number, before: number, after: number) {
  let count = 0;
  for (let first = -before; first + extent <= size + after; first += stride) count++;
  return count;
}

/** A window along one axis, the height or the width; along the other one pixel of five at a time. */
type Along = {
  readonly size: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
};

const found = (axis: "height" | "width", along: Along, places: number) => {
  const pair = <T>(own: T, other: T): readonly [T, T] =>
    axis === "height" ? [own, other] : [other, own];
  const [top, left] = pair(along.before, 0);
  const [bottom, right] = pair(along.after, 0);
  const [strideH, strideW] = pair(along.stride, 1);
  const [dilationH, dilationW] = pair(along.dilation, 1);
  return windowed(
    [1, ...pair(along.size, 5), 2],
    pair(along.filter, 1),
    { strideH, strideW, dilationH, dilationW, padding: { top, bottom, left, right } },
    3,
    [1, ...pair(places, 5), 3],
  );
};

describe.each(["height", "width"] as const)("along the %s", (axis) => {
  test("as many outputs as windows fit", () => {
    const { int } = dice(mulberry32(5));
    for (let k = 0; k < 2000; k++) {
      const [size, filter, stride, dilation] = [int(1, 12), int(1, 4), int(1, 4), int(1, 3)];
      const extent = (filter - 1) * dilation + 1;
      const [before, after] = [int(0, extent - 1), int(0, extent - 1)];
      const output = places(size, extent, stride, before, after);
      const along = { size, filter, stride, dilation, before, after };
      if (output === 0) expect(found(axis, along, 0)).toMatchObject({ code: "MODEL_SHAPE" });
      else expect(found(axis, along, output)).toBeNull();
      expect(found(axis, along, output + 1)).toMatchObject({ code: "MODEL_SHAPE" });
    }
  });

  test("no window lies in the padding alone", () => {
    const along = { size: 4, filter: 2, stride: 1, dilation: 2, before: 0, after: 0 };
    for (const side of ["before", "after"]) {
      expect(found(axis, { ...along, [side]: 2 }, 4)).toBeNull();
      expect(found(axis, { ...along, [side]: 3 }, 5)).toMatchObject({
        expected: "windows that fit, padding smaller than the window",
      });
    }
  });

  test("a window of up to 4096 pixels", () => {
    const along = { size: 5000, stride: 1, dilation: 1, before: 0, after: 0 };
    expect(found(axis, { ...along, filter: 4096 }, 905)).toBeNull();
    expect(found(axis, { ...along, filter: 4097 }, 904)).toMatchObject({
      expected: "at most 4096 pixels",
    });
  });
});
