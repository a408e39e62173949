/** int16 that is moved, or goes through float32: on every row of the table, and through a file. */
import { expect, test } from "vitest";
import { importModel } from "../../host/importers/index.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import { bundle } from "../support/random-graph.ts";
import {
  MOVING_KINDS,
  type MovingKind,
  wideMover,
  wideThroughFloat,
  wideVariables,
} from "../support/random-wide-moves.ts";
import { tfliteBytes } from "../support/tflite-from-graph.ts";
import { follows } from "./kept.ts";
import { disagreements } from "./random.ts";
import { open, TARGETS } from "./targets.ts";

const COUNT = 16;
const seeds = Array.from({ length: COUNT }, (_, seed) => seed);

const drawn: readonly (readonly [MovingKind | "DEQUANTIZE_QUANTIZE", LayeredGraph[]])[] = [
  ...MOVING_KINDS.map((kind) => [kind, seeds.map((seed) => wideMover(kind, seed))] as const),
  ["DEQUANTIZE_QUANTIZE", seeds.map(wideThroughFloat)],
];

for (const row of TARGETS) {
  test.each(drawn)(`${COUNT} × %s of int16, ${row.name}`, async (_kind, graphs) => {
    expect(await disagreements(graphs, row, "double", 1)).toEqual([]);
  });
}

const keeping = wideVariables(Array.from({ length: 120 }, (_, seed) => seed));

for (const row of TARGETS) {
  test(`variables of int16, ${row.name}`, async () => {
    expect(keeping.length).toBeGreaterThan(3);
    const graph = bundle(keeping);
    await follows(graph, await open(row, graph), "double");
  });
}

test("files with variables of int16", async () => {
  const [graph] = keeping;
  const [simd] = TARGETS;
  const read = graph && (await importModel(tfliteBytes(graph), "wide.tflite"));
  if (read?.kind !== "layered" || simd === undefined) throw new Error("no layered graph");
  expect(read.variables?.map(({ initial }) => initial)).toEqual(
    graph?.variables?.map(({ initial }) => initial),
  );
  await follows(read, await open(simd, read), "double");
});

test.each(drawn)("files of int16: %s", async (_kind, graphs) => {
  const [simd] = TARGETS;
  for (const graph of graphs.slice(0, 4)) {
    const read = await importModel(tfliteBytes(graph), "wide.tflite");
    if (read.kind !== "layered" || simd === undefined) throw new Error("no layered graph");
    expect(read.inputs.map(({ edge }) => edge)).toEqual(graph.inputs.map(({ edge }) => edge));
    expect(await disagreements([read], simd, "double", 1, [graph])).toEqual([]);
  }
});
