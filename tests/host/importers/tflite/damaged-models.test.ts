/** A seeded tenth of damaged-models.long.test.ts. */
import { expect, test } from "vitest";
import { dataTest } from "../../../support/data.ts";
import { fuzzModels, laterModels, writtenModels } from "../../../support/model-fuzz.ts";
import { publicModels } from "../../../support/public-models.ts";

test("2,000 damaged models written here: planned or refused with a code; 20 survivors run", async () => {
  const { failures, ...outcome } = await fuzzModels(writtenModels(), 2000, 20);
  console.log(outcome);
  expect(failures).toEqual([]);
  // the campaign reaches every stage: form, operators, shapes, quantisation, and models that still run
  for (const code of ["works", "MODEL_FORMAT", "MODEL_OP", "MODEL_SHAPE", "MODEL_QUANT"]) {
    expect(outcome.counts.get(code) ?? 0, code).toBeGreaterThan(0);
  }
});

test("2,000 damaged networks of uint8 and recurrent layers: the same; 20 survivors run", async () => {
  const { failures, ...outcome } = await fuzzModels(laterModels(), 2000, 20);
  console.log(outcome);
  expect(failures).toEqual([]);
});

dataTest("400 damaged public models: planned or refused with a code; 4 survivors run", async () => {
  const victims = publicModels().map((file) => ({ file, model: null }));
  const { failures, ...outcome } = await fuzzModels(victims, 400, 4);
  console.log(outcome);
  expect(failures).toEqual([]);
});
