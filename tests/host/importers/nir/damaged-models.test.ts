/** A seeded tenth of damaged-models.long.test.ts. */
import { expect, test } from "vitest";
import { dataTest } from "../../../support/data.ts";
import { fuzzNir } from "../../../support/nir-fuzz.ts";
import { publicNir, recurrent, soundGraphs } from "../../../support/nir-models.ts";
import { writeNir } from "../../../support/nir-writer.ts";

test("250 damaged graphs written here: planned or refused with a code", async () => {
  const victims = { graphs: soundGraphs, files: [] };
  const { failures, ...outcome } = await fuzzNir(victims, await writeNir(recurrent), 250);
  console.log(outcome);
  expect(failures).toEqual([]);
  // the campaign reaches every stage: bytes, nodes, shapes, and networks that still work
  for (const code of ["works", "MODEL_FORMAT", "MODEL_OP", "MODEL_SHAPE"]) {
    expect(outcome.counts[code] ?? 0, code).toBeGreaterThan(0);
  }
});

dataTest("50 damaged public files: planned or refused with a code", async () => {
  const victims = { graphs: [], files: publicNir() };
  const { failures, ...outcome } = await fuzzNir(victims, await writeNir(recurrent), 50);
  console.log(outcome);
  expect(failures).toEqual([]);
});
