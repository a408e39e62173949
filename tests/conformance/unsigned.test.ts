/** Networks that compute in uint8: weights with a zero point on every row of the table, and files of every operator. */
import { expect, test } from "vitest";
import { importModel } from "../../host/importers/index.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import { interpret } from "../support/oracle/index.ts";
import { inputBytes, interestingInputs } from "../support/random-graph.ts";
import {
  UNSIGNED_KINDS,
  unsignedFile,
  unsignedOperator,
  WEIGHTED_KINDS,
} from "../support/random-unsigned.ts";
import { writeTflite } from "../support/tflite-writer.ts";
import { disagreements } from "./random.ts";
import { difference, infer, open, ROUNDINGS, TARGETS } from "./targets.ts";

const COUNT = 20;
const seeds = Array.from({ length: COUNT }, (_, seed) => seed);

for (const row of TARGETS) {
  for (const kind of WEIGHTED_KINDS) {
    const graphs = seeds.map((seed) => unsignedOperator(kind, seed));
    for (const rounding of ROUNDINGS) {
      test(`${COUNT} × ${kind} with weights of uint8, ${row.name}, ${rounding} rounding`, async () => {
        expect(await disagreements(graphs, row, rounding, 1)).toEqual([]);
      });
    }
  }
}

/** Of one input and one output, in what a file of uint8 can hold. */
const isPlain = ({ inputs, tensors }: LayeredGraph): boolean =>
  inputs.length === 1 && !tensors.some(({ dtype, data }) => dtype === "u8" && data === null);

const flipped = (bytes: Int8Array): Int8Array => bytes.map((byte) => byte ^ 0x80);

const [simd] = TARGETS;

test.each(UNSIGNED_KINDS)("files of uint8: %s, from the edge to the edge", async (kind) => {
  const graphs = seeds
    .map((seed) => unsignedOperator(kind, seed))
    .filter(isPlain)
    .slice(0, 4);
  expect(graphs.length).toBeGreaterThan(1);
  for (const graph of graphs) {
    const read = await importModel(writeTflite(unsignedFile(graph)), "old.tflite");
    if (read.kind !== "layered" || simd === undefined) throw new Error("no layered graph");
    expect([...read.inputs, ...read.outputs].map(({ edge }) => edge)).toEqual(
      [...graph.inputs, ...graph.outputs].map(() => "u8"),
    );
    const session = await open(simd, read, { rounding: "double", selfTest: false });
    for (const input of interestingInputs(inputBytes(graph), 1)) {
      const expected = flipped(interpret(graph, input, "double").output);
      expect(difference(await infer(session, flipped(input)), expected)).toBeNull();
    }
  }
});
