/** A seeded tenth of damaged-models.long.test.ts: half a minute of processor time, more on a busy machine. */
import { expect, test } from "vitest";
import { dataTest } from "../../../support/data.ts";
import { fuzzNir } from "../../../support/nir-fuzz.ts";
import { hdf5Fixtures, publicNir, soundGraphs } from "../../../support/nir-models.ts";

test("2,000 damaged graphs written here: planned or refused with a code; 20 survivors run", async () => {
  const victims = { graphs: soundGraphs, files: hdf5Fixtures() };
  const { failures, ...outcome } = await fuzzNir(victims, 2000, 20);
  console.log(outcome);
  expect(failures).toEqual([]);
  // the campaign reaches every stage: bytes, nodes, shapes, and networks that still work
  for (const code of ["works", "MODEL_FORMAT", "MODEL_OP", "MODEL_SHAPE"]) {
    expect(outcome.counts.get(code) ?? 0, code).toBeGreaterThan(0);
  }
  expect(outcome.ran.get("works")).toBeGreaterThan(0);
}, 600_000);

dataTest(
  "400 damaged public files: planned or refused with a code; 4 survivors run",
  async () => {
    const victims = { graphs: [], files: publicNir() };
    const { failures, ...outcome } = await fuzzNir(victims, 400, 4);
    console.log(outcome);
    expect(failures).toEqual([]);
  },
  600_000,
);
