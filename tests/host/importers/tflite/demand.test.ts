/**
 * What 102 int8 architectures of 46 public repositories hold, and how many of them the importer's table can take: those of
 * before, and those whose last missing kinds came with each row. The files themselves are not ours to keep;
 * `npm run survey` counts whatever folder one has.
 */
import { expect, test } from "vitest";
import { importModel } from "../../../../host/importers/index.ts";
import { OPS } from "../../../../host/importers/tflite/ops.ts";
import { VARIABLE_OPERATORS } from "../../../../host/importers/tflite/variables.ts";
import type { LayeredGraph } from "../../../../host/model/graph.ts";
import { UNSIGNED } from "../../../support/small-models.ts";

const TAKEN: ReadonlySet<string> = new Set([...OPS.keys(), ...VARIABLE_OPERATORS]);

/** Accepted when the files were counted. */
const BEFORE = 58;
/** Kinds, in the order in which they were added, and how many more architectures have all that they need by then. */
const ROWS: readonly (readonly [number, ...string[]])[] = [
  [3], // uint8 at the edges, below
  [5, "STRIDED_SLICE"],
  [1, "SPLIT", "SPLIT_V"],
  [12, "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE"],
  [1, "RESIZE_NEAREST_NEIGHBOR"],
  [2, "TRANSPOSE"],
  [2, "MAXIMUM", "PRELU"],
  [4, "UNIDIRECTIONAL_SEQUENCE_LSTM"],
  [3, "RESIZE_BILINEAR"],
  [3, "SVDF", "PACK"],
];
/** What else is named among what they hold, beside float32 edges that compute, and tensors of int64 and bool. */
const REST = { taken: ["UNPACK", "GATHER", "ARG_MAX", "DIV", "MINIMUM"], refused: ["CAST"] };

test("94 of 102 have every kind that they need", async () => {
  const graph = (await importModel(UNSIGNED, "u8.tflite")) as LayeredGraph;
  expect([...graph.inputs, ...graph.outputs].map(({ edge }) => edge)).toEqual(["u8", "u8"]);
  const accepted = ROWS.filter(([, ...kinds]) => kinds.every((kind) => TAKEN.has(kind)));
  expect(accepted.reduce((sum, [more]) => sum + more, BEFORE)).toBe(94);
  expect(ROWS.length - accepted.length).toBe(0);
});

test("beyond them: what is taken, and what is refused", () => {
  expect(REST.taken.filter((kind) => !TAKEN.has(kind))).toEqual([]);
  expect(REST.refused.filter((kind) => TAKEN.has(kind))).toEqual([]);
});
