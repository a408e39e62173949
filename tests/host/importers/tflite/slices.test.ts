/** Operators that cut: which elements each of them takes, by hand from TFLite's rules, and what is refused. */
import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../../host/compiler/index.ts";
import { importModel } from "../../../../host/importers/index.ts";
import type { LayeredGraph } from "../../../../host/model/graph.ts";
import { i32, u8 } from "../../../support/flatbuffer-writer.ts";
import { int8, int32, problemsOf, several, single } from "../../../support/single-operator.ts";
import { type ModelFile, writeTflite } from "../../../support/tflite-writer.ts";

type Masks = { begin?: number; end?: number; ellipsis?: number; axis?: number; shrink?: number };

/** A STRIDED_SLICE of [1,6,4,8]. */
const strided = (
  lists: readonly (readonly number[])[],
  shape: readonly number[],
  { begin = 0, end = 0, ellipsis = 0, axis = 0, shrink = 0 }: Masks = {},
  offset = 0,
): ModelFile =>
  single({
    kind: "STRIDED_SLICE",
    input: int8("image", [1, 6, 4, 8]),
    operands: lists.map((values, k) => int32(`operand ${k}`, values)),
    output: int8("piece", shape),
    options: [i32(begin), i32(end), i32(ellipsis), i32(axis), i32(shrink), u8(offset)],
  });

async function nodes(file: ModelFile) {
  const graph = (await importModel(writeTflite(file), "cut")) as LayeredGraph;
  return graph.nodes;
}

const WHOLE = [1, 6, 4, 8];
const CASES: readonly (readonly [
  string,
  ModelFile,
  Readonly<Record<string, readonly number[]>>,
])[] = [
  [
    "from and to",
    strided([[0, 1, 0, 2], WHOLE.with(1, 5), [1, 1, 1, 1]], [1, 4, 4, 6]),
    { begin: [0, 1, 0, 2], strides: [1, 1, 1, 1], extents: [1, 4, 4, 6] },
  ],
  [
    "from the end, with masks on both sides",
    strided(
      [
        [9, -2, 9, 9],
        [9, 9, 9, -3],
        [1, 1, 1, 1],
      ],
      [1, 2, 4, 5],
      { begin: 13, end: 7 },
    ),
    { begin: [0, 4, 0, 0], extents: [1, 2, 4, 5] },
  ],
  [
    "steps of two and three, the last one short",
    strided([[0, 1, 0, 0], WHOLE, [1, 2, 1, 3]], [1, 3, 4, 3]),
    { begin: [0, 1, 0, 0], strides: [1, 2, 1, 3], extents: [1, 3, 4, 3] },
  ],
  [
    "backwards: all of an axis, and down to an index",
    strided(
      [
        [0, 9, 3, 0],
        [1, 9, 0, 8],
        [1, -1, -2, 1],
      ],
      [1, 6, 2, 8],
      { begin: 2, end: 2 },
    ),
    { begin: [0, 5, 3, 0], strides: [1, -1, -2, 1], extents: [1, 6, 2, 8] },
  ],
  [
    "beyond both ends is up to them",
    strided(
      [
        [-9, -99, 0, 0],
        [9, 99, 99, 99],
        [1, 1, 1, 1],
      ],
      WHOLE,
    ),
    { begin: [0, 0, 0, 0], extents: WHOLE },
  ],
  [
    "an axis of one element goes",
    strided(
      [
        [0, -1, 0, 0],
        [1, 0, 4, 8],
        [1, 1, 1, 1],
      ],
      [1, 4, 8],
      { shrink: 2 },
    ),
    { begin: [0, 5, 0, 0], extents: [1, 1, 4, 8] },
  ],
  [
    "ends counted from where it begins",
    strided(
      [
        [0, 2, 1, 4],
        [1, 3, 2, 4],
        [1, 1, 1, 1],
      ],
      [1, 3, 2, 4],
      {},
      1,
    ),
    { begin: [0, 2, 1, 4], extents: [1, 3, 2, 4] },
  ],
  [
    "the first axes alone: the others are whole",
    strided(
      [
        [0, 3],
        [1, 4],
        [1, 1],
      ],
      [1, 1, 4, 8],
    ),
    { begin: [0, 3, 0, 0], extents: [1, 1, 4, 8] },
  ],
];

test.each(CASES)("STRIDED_SLICE, %s", async (_, file, expected) => {
  expect(await nodes(file)).toMatchObject([{ kind: "STRIDED_SLICE", ...expected }]);
});

test("SPLIT: operand 0 is the axis; a node for each output, with its number", async () => {
  const file = several(
    "SPLIT",
    [int32("axis", [-1]), null],
    [
      [1, 3],
      [1, 3],
    ],
    [i32(2)],
  );
  expect(await nodes(file)).toMatchObject([
    { index: 0, part: 0, name: "piece 0", begin: [0, 0], extents: [1, 3] },
    { index: 0, part: 1, name: "piece 1", begin: [0, 3], extents: [1, 3] },
  ]);
  const graph = await importModel(writeTflite(file), "split");
  const { manifest } = await compile(graph, { ...DEFAULT_OPTIONS, keepLayers: true });
  expect(manifest.memory.filter(({ kind }) => kind === "layer").map(({ name }) => name)).toEqual([
    ...["op00_STRIDED_SLICE_0", "op00_STRIDED_SLICE_1"],
  ]);
});

test("SPLIT_V: sizes of their own, one of them what is left", async () => {
  const operands = [null, int32("sizes", [1, -1, 2]), int32("axis", [1])];
  const file = several(
    "SPLIT_V",
    operands,
    [
      [1, 1],
      [1, 3],
      [1, 2],
    ],
    [i32(3)],
  );
  expect(await nodes(file)).toMatchObject([
    { begin: [0, 0], extents: [1, 1] },
    { begin: [0, 1], extents: [1, 3] },
    { begin: [0, 4], extents: [1, 2] },
  ]);
});

test("UNPACK: the axis goes", async () => {
  const file = several(
    "UNPACK",
    [null],
    Array.from({ length: 6 }, () => [1]),
    [i32(6), i32(-1)],
  );
  expect((await nodes(file))[4]).toMatchObject({ begin: [0, 4], extents: [1, 1] });
});

test("SLICE: −1 is all that follows", async () => {
  const file = single({
    kind: "SLICE",
    input: int8("row", [2, 6]),
    operands: [int32("begin", [1, 2]), int32("size", [1, -1])],
    output: int8("piece", [1, 4]),
  });
  expect(await nodes(file)).toMatchObject([{ begin: [1, 2], strides: [1, 1], extents: [1, 4] }]);
});

const ones = [1, 1, 1, 1];
const REFUSED: readonly (readonly [string, ModelFile])[] = [
  ["an ellipsis or a new axis", strided([WHOLE, WHOLE, ones], WHOLE, { ellipsis: 1 })],
  ["an ellipsis or a new axis", strided([WHOLE, WHOLE, ones], WHOLE, { axis: 1 })],
  ["an empty slice", strided([[0, 3, 0, 0], [1, 3, 4, 8], ones], [1, 1, 4, 8])],
  ["an empty slice", strided([[0, 0, 0, 0], WHOLE, ones.with(1, 0)], WHOLE)],
  ["begin, end and strides of 3,4,4 axes", strided([[0, 0, 0], WHOLE, ones], WHOLE)],
  ["output [1,6,4,7]", strided([[0, 0, 0, 0], WHOLE, ones], [1, 6, 4, 7])],
  [
    "2 pieces of [1,6]",
    several(
      "SPLIT",
      [int32("axis", [0]), null],
      [
        [1, 3],
        [1, 3],
      ],
      [i32(2)],
    ),
  ],
  [
    "axis 2",
    several(
      "SPLIT",
      [int32("axis", [2]), null],
      [
        [1, 3],
        [1, 3],
      ],
      [i32(2)],
    ),
  ],
  [
    "pieces of 1,4",
    several(
      "SPLIT_V",
      [null, int32("sizes", [1, 4]), int32("axis", [1])],
      [
        [1, 1],
        [1, 4],
      ],
      [i32(2)],
    ),
  ],
  ["2 outputs", several("UNPACK", [null], [[1], [1]], [i32(2), i32(1)])],
];

test.each(REFUSED)("refused: %s", async (got, file) => {
  expect(await problemsOf(writeTflite(file))).toContainEqual(expect.objectContaining({ got }));
});
