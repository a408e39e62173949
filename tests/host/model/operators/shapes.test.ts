/** Rules of shape against what they mean: indices that exist, windows that fit, counted one by one. */
import { expect, test } from "vitest";
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

test("as many outputs as windows fit, along both axes", () => {
  const { int } = dice(mulberry32(5));
  for (let k = 0; k < 2000; k++) {
    const [filter, stride, dilation] = [int(1, 4), int(1, 4), int(1, 3)];
    const extent = (filter - 1) * dilation + 1;
    const [top, bottom] = [int(0, extent - 1), int(0, extent - 1)];
    const size = int(1, 12);
    const output = places(size, extent, stride, top, bottom);
    const window = {
      strideH: stride,
      strideW: 1,
      dilationH: dilation,
      dilationW: 1,
      padding: { top, bottom, left: 0, right: 0 },
    };
    const found = (height: number) =>
      windowed([1, size, 5, 2], [filter, 1], window, 3, [1, height, 5, 3]);
    if (output === 0) expect(found(0)).toMatchObject({ code: "MODEL_SHAPE" });
    else expect(found(output)).toBeNull();
    expect(found(output + 1)).toMatchObject({ code: "MODEL_SHAPE" });
  }
});

test("no window lies in the padding alone", () => {
  const window = { strideH: 1, strideW: 1, dilationH: 2, dilationW: 1 };
  const padded = (top: number) =>
    windowed(
      [1, 4, 4, 1],
      [2, 1],
      { ...window, padding: { top, bottom: 0, left: 0, right: 0 } },
      1,
      [1, top + 2, 4, 1],
    );
  expect(padded(2)).toBeNull();
  expect(padded(3)).toMatchObject({
    got: "a window of 3×1 over [1,4,4,1], padding 3,0,0,0",
  });
});
