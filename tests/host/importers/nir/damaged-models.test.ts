/** A seeded tenth of damaged-models.long.test.ts. Every damaged file costs a new library: slow on a busy machine. */
import { expect, test } from "vitest";
import { dataTest } from "../../../support/data.ts";
import { fuzzNir } from "../../../support/nir-fuzz.ts";
import { publicNir, recurrent, soundGraphs } from "../../../support/nir-models.ts";
import { writeNir } from "../../../support/nir-writer.ts";

test("200 damaged graphs written here: planned or refused with a code; 20 survivors run", async () => {
  const victims = { graphs: soundGraphs, files: [] };
  const { failures, ...outcome } = await fuzzNir(victims, await writeNir(recurrent), 200, 20);
  console.log(outcome);
  expect(failures).toEqual([]);
  // the campaign reaches every stage: bytes, nodes, shapes, and networks that still work
  for (const code of ["works", "MODEL_FORMAT", "MODEL_OP", "MODEL_SHAPE"]) {
    expect(outcome.counts[code] ?? 0, code).toBeGreaterThan(0);
  }
}, 600_000);

dataTest(
  "40 damaged public files: planned or refused with a code; 4 survivors run",
  async () => {
    const victims = { graphs: [], files: publicNir() };
    const { failures, ...outcome } = await fuzzNir(victims, await writeNir(recurrent), 40, 4);
    console.log(outcome);
    expect(failures).toEqual([]);
  },
  600_000,
);
