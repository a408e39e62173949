/** A seeded tenth of damaged-models.long.test.ts, and that no operator is spared. */
import { expect, test } from "vitest";
import { importModel } from "../../../../host/importers/index.ts";
import { OPS } from "../../../../host/importers/tflite/ops.ts";
import { VARIABLE_OPERATORS } from "../../../../host/importers/tflite/variables.ts";
import type { LayeredGraph } from "../../../../host/model/graph.ts";
import { OPERATORS } from "../../../../host/model/operators/index.ts";
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

test("the models to damage are sound, and have every operator and every kind of layer between them", async () => {
  const victims = [...writtenModels(), ...laterModels()];
  const operators = victims.flatMap(({ model }) =>
    model === null ? [] : [model, ...(model.others ?? [])].flatMap((one) => one.operators),
  );
  const taken = [...OPS.keys(), ...VARIABLE_OPERATORS];
  expect([...new Set(operators.map(({ kind }) => kind))].sort()).toEqual(taken.sort());
  const layers = new Set<string>();
  for (const { file } of victims) {
    const graph = (await importModel(file, "victim.tflite")) as LayeredGraph;
    for (const { kind } of graph.nodes) layers.add(kind);
  }
  expect([...layers].sort()).toEqual(Object.keys(OPERATORS).sort());
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
