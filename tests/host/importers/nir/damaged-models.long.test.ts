/** Damaged .nir files through importer and plan, at most 50 ms and 256 MB each; survivors are compiled and run. */
import { expect, test } from "vitest";
import { dataTest } from "../../../support/data.ts";
import { fuzzNir } from "../../../support/nir-fuzz.ts";
import { hdf5Fixtures, publicNir, soundGraphs } from "../../../support/nir-models.ts";

test("20,000 damaged graphs written here: planned or refused with a code; 200 survivors run", async () => {
  const victims = { graphs: soundGraphs, files: hdf5Fixtures() };
  const { failures, ...outcome } = await fuzzNir(victims, 20_000, 200);
  console.log(outcome);
  expect(failures).toEqual([]);
});

dataTest(
  "4,000 damaged public files: planned or refused with a code; 40 survivors run",
  async () => {
    const victims = { graphs: [], files: publicNir() };
    const { failures, ...outcome } = await fuzzNir(victims, 4000, 40);
    console.log(outcome);
    expect(failures).toEqual([]);
  },
);
