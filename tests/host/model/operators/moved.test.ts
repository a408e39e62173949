/** Operators that move elements: the shapes that NumPy's slices, transpose, take and stack give, and what none gives. */
import { expect, test } from "vitest";
import type { LayerKind, NodeOf } from "../../../../host/model/graph.ts";
import { OPERATORS } from "../../../../host/model/operators/index.ts";
import {
  gathered,
  packed,
  permuted,
  resized,
  sliced,
} from "../../../../host/model/operators/moved.ts";

type Shape = readonly number[];

const node = <K extends LayerKind>(kind: K, attributes: object): NodeOf<K> =>
  ({ kind, index: 0, name: "n", inputs: [0], output: 1, ...attributes }) as unknown as NodeOf<K>;

test("a slice: every element it takes lies inside", () => {
  const said = (begin: Shape, strides: Shape, extents: Shape, output: Shape = extents) =>
    sliced(node("STRIDED_SLICE", { begin, strides, extents }), [[4, 6]], output)?.got ?? "";
  // along the second axis by hand: first, stride, how many
  for (const [first, stride, extent, fits] of [
    [0, 1, 6, true],
    [0, 1, 7, false],
    [1, 2, 3, true],
    [1, 2, 4, false],
    [5, -1, 6, true],
    [5, -1, 7, false],
    [5, -2, 3, true],
    [6, -1, 1, false],
    [6, 1, 1, false],
    [5, 1, 1, true],
    [0, 5, 2, true],
    [0, 6, 2, false],
    [2, 0, 1, false],
    [2, 1, 0, false],
  ] as const) {
    const wrong = `from [0,${first}] by [1,${stride}], [4,${extent}] of them`;
    expect(said([0, first], [1, stride], [4, extent])).toBe(fits ? "" : wrong);
  }
  // one axis that does not fit is enough, whichever it is
  expect(said([4, 0], [1, 1], [1, 6])).toContain("from [4,0]");
  for (const [begin, strides, extents] of [
    [[0], [1, 1], [4, 6]],
    [[0, 0], [1], [4, 6]],
    [[0, 0], [1, 1], [4]],
  ] as const) {
    const lengths = [begin, strides, extents].map(({ length }) => length);
    expect(said(begin, strides, extents)).toBe(`begin, strides and extents of ${lengths} axes`);
  }
  // axes of one element may be left out, and none may be added
  expect(said([0, 2], [1, 1], [4, 1], [4])).toBe("");
  expect(said([0, 2], [1, 1], [4, 1], [4, 1])).toBe("");
  expect(said([0, 2], [1, 1], [4, 1], [1, 4, 1])).toBe("output [1,4,1]");
  expect(said([0, 2], [1, 1], [4, 2], [4])).toBe("output [4]");
});

test("a permutation names each axis once", () => {
  const said = (permutation: Shape, output: Shape) =>
    permuted(node("TRANSPOSE", { permutation }), [[2, 3, 5]], output)?.got ?? "";
  expect(said([2, 0, 1], [5, 2, 3])).toBe("");
  expect(said([2, 0, 1], [3, 5, 2])).toBe("output [3,5,2]");
  for (const wrong of [
    [0, 1],
    [0, 1, 1],
    [0, 1, 3],
    [0, 1, 2, 2],
  ]) {
    expect(said(wrong, [2, 3, 5])).toBe(`permutation ${wrong}`);
  }
});

test("a resize keeps the channels and takes one rule of corners", () => {
  const said = (alignCorners: number, halfPixelCenters: number, output: Shape) => {
    const attributes = { alignCorners, halfPixelCenters };
    return resized(node("RESIZE_NEAREST_NEIGHBOR", attributes), [[1, 4, 4, 3]], output)?.got ?? "";
  };
  for (const flags of [
    [0, 0],
    [0, 1],
    [1, 0],
  ] as const) {
    expect(said(flags[0], flags[1], [1, 7, 2, 3])).toBe("");
  }
  expect(said(1, 1, [1, 7, 2, 3])).toBe("alignCorners and halfPixelCenters");
  expect(said(0, 0, [1, 7, 2, 4])).toBe("output [1,7,2,4]");
  expect(said(0, 0, [2, 7, 2, 3])).toBe("output [2,7,2,3]");
});

test("a gather: indices of any shape in place of the axis", () => {
  const said = (axis: number, indices: Shape, output: Shape) =>
    gathered(node("GATHER", { axis, indices }), [[2, 3, 5]], output)?.got ?? "";
  expect(said(1, [0, 2, 1, 1], [2, 4, 5])).toBe("");
  expect(said(1, [0, 2, 1, 1], [2, 2, 2, 5])).toBe("");
  expect(said(0, [1], [3, 5])).toBe("");
  expect(said(2, [4], [2, 3])).toBe("");
  expect(said(2, [4], [2, 3, 1])).toBe("");
  for (const wrong of [
    [2, 3, 5],
    [2, 2, 3, 5],
    [4, 2, 5],
    [2, 5, 4],
    [2, 4, 4],
    [3, 4, 5],
    [4],
    [5],
    [2, 5],
  ]) {
    expect(said(1, [0, 2, 1, 1], wrong)).toBe(`output [${wrong}]`);
  }
  expect(said(1, [0, 3], [2, 2, 5])).toBe("index 3");
  expect(said(3, [0], [2, 3, 5])).toBe("axis 3");
});

test("paddings for each axis, and joined shapes that differ along the axis only", () => {
  const padded = (before: Shape, after: Shape, output: Shape) =>
    OPERATORS.PAD.shape(node("PAD", { before, after }), [[2, 3]], output)?.got ?? "";
  expect(padded([1, 0], [0, 2], [3, 5])).toBe("");
  expect(padded([1], [0, 2], [3, 5])).toBe("paddings before 1 and after 2 axes");
  expect(padded([1, 0], [0], [3, 3])).toBe("paddings before 2 and after 1 axes");
  const joined = (axis: number, inputs: readonly Shape[], output: Shape) =>
    OPERATORS.CONCATENATION.shape(node("CONCATENATION", { axis }), inputs, output)?.got ?? "";
  const pair = [
    [2, 3],
    [4, 3],
  ];
  expect(joined(0, pair, [6, 3])).toBe("");
  expect(joined(1, pair, [2, 6])).toBe("axis 1 of [2,3] [4,3]");
  expect(joined(0, [[2, 3], [2]], [4, 3])).toBe("axis 0 of [2,3] [2]");
  expect(joined(2, [[2, 3]], [2, 3])).toBe("axis 2 of [2,3]");
});

test("a pack: equal shapes along a new axis", () => {
  const said = (axis: number, inputs: readonly Shape[], output: Shape) =>
    packed(node("PACK", { axis }), inputs, output)?.got ?? "";
  const three = [
    [2, 4],
    [2, 4],
    [2, 4],
  ];
  expect(said(0, three, [3, 2, 4])).toBe("");
  expect(said(1, three, [2, 3, 4])).toBe("");
  expect(said(2, three, [2, 4, 3])).toBe("");
  expect(said(2, three, [3, 2, 4])).toBe("output [3,2,4]");
  expect(said(3, three, [2, 4, 3])).toBe("axis 3 of [2,4] [2,4] [2,4]");
  const other = [
    [2, 4],
    [4, 2],
  ];
  expect(said(0, other, [2, 2, 4])).toBe("axis 0 of [2,4] [4,2]");
});
