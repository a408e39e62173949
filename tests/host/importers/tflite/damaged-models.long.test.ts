/** Damaged .tflite files through importer and plan, at most 50 ms and 256 MB each; survivors are compiled and run. */
import { expect, test } from "vitest";
import { dataTest } from "../../../support/data.ts";
import { fuzzModels, laterModels, writtenModels } from "../../../support/model-fuzz.ts";
import { publicModels } from "../../../support/public-models.ts";

test("20,000 damaged models written here: planned or refused with a code; 200 survivors run", async () => {
  const { failures, ...outcome } = await fuzzModels(writtenModels(), 20_000, 200);
  console.log(outcome);
  expect(failures).toEqual([]);
});

test("20,000 damaged networks of uint8 and recurrent layers: the same; 200 survivors run", async () => {
  const { failures, ...outcome } = await fuzzModels(laterModels(), 20_000, 200);
  console.log(outcome);
  expect(failures).toEqual([]);
});

dataTest(
  "4,000 damaged public models: planned or refused with a code; 40 survivors run",
  async () => {
    const victims = publicModels().map((file) => ({ file, model: null }));
    const { failures, ...outcome } = await fuzzModels(victims, 4000, 40);
    console.log(outcome);
    expect(failures).toEqual([]);
  },
);
