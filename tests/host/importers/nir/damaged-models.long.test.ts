/** Damaged .nir files through importer and plan, at most 256 MB each and an answer in bounded time. */
import { expect, test } from "vitest";
import { dataTest } from "../../../support/data.ts";
import { fuzzNir } from "../../../support/nir-fuzz.ts";
import { publicNir, recurrent, soundGraphs } from "../../../support/nir-models.ts";
import { writeNir } from "../../../support/nir-writer.ts";

test("2,000 damaged graphs written here: planned or refused with a code; 200 survivors run", async () => {
  const victims = { graphs: soundGraphs, files: [] };
  const { failures, ...outcome } = await fuzzNir(victims, await writeNir(recurrent), 2000, 200);
  console.log(outcome);
  expect(failures).toEqual([]);
});

dataTest("400 damaged public files: planned or refused with a code; 40 survivors run", async () => {
  const victims = { graphs: [], files: publicNir() };
  const { failures, ...outcome } = await fuzzNir(victims, await writeNir(recurrent), 400, 40);
  console.log(outcome);
  expect(failures).toEqual([]);
});
