/** The public models: operators, shapes and refusals as documented with the data. */
import { expect } from "vitest";
import { TwentyWattError } from "../../../../host/errors.ts";
import { importModel } from "../../../../host/importers/index.ts";
import { dataTest, readData } from "../../../support/data.ts";

async function load(name: string) {
  const graph = await importModel(readData(`models/${name}`), name);
  if (graph.kind !== "layered") throw new Error("a spiking graph from a .tflite file");
  return graph;
}

const times = (kinds: readonly string[]) => {
  const counts: Record<string, number> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

dataTest("keyword spotting: 13 operators in TFLite's order", async () => {
  const graph = await load("kws_ref_model.tflite");
  expect(graph.nodes.map((n) => n.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(times(graph.nodes.map((n) => n.kind))).toEqual({
    CONV_2D: 5,
    DEPTHWISE_CONV_2D: 4,
    AVERAGE_POOL_2D: 1,
    RESHAPE: 1,
    FULLY_CONNECTED: 1,
    SOFTMAX: 1,
  });
  const input = graph.tensors[graph.inputs[0]?.tensor ?? -1];
  expect(input).toMatchObject({ shape: [1, 49, 10, 1], dtype: "i8" });
  expect(input?.quantization.scales[0]).toBeCloseTo(0.5847029, 6);
  expect(input?.quantization.zeroPoints).toEqual([83]);
});

const REST = {
  "pretrainedResnet_quant.tflite": {
    CONV_2D: 9,
    ADD: 3,
    AVERAGE_POOL_2D: 1,
    RESHAPE: 1,
    FULLY_CONNECTED: 1,
    SOFTMAX: 1,
  },
  "vww_96_int8.tflite": {
    CONV_2D: 14,
    DEPTHWISE_CONV_2D: 13,
    AVERAGE_POOL_2D: 1,
    RESHAPE: 1,
    FULLY_CONNECTED: 1,
    SOFTMAX: 1,
  },
  "ad01_int8.tflite": { FULLY_CONNECTED: 10 },
  "str_ww_ref_model.tflite": {
    DEPTHWISE_CONV_2D: 4,
    CONV_2D: 4,
    RESHAPE: 1,
    FULLY_CONNECTED: 1,
    SOFTMAX: 1,
  },
};
for (const [name, expected] of Object.entries(REST)) {
  dataTest(`${name}: operators`, async () => {
    expect(times((await load(name)).nodes.map((n) => n.kind))).toEqual(expected);
  });
}

dataTest("the hybrid model is refused for what it is, every layer at once", async () => {
  const error = await load("kws_ref_model_float32.tflite").catch((e: unknown) => e);
  expect(error).toBeInstanceOf(TwentyWattError);
  const { problems } = error as TwentyWattError;
  expect(problems.filter((p) => p.got.includes("hybrid")).length).toBe(5);
  expect(problems.every((p) => p.code === "MODEL_QUANT")).toBe(true);
  expect(problems.some((p) => p.remedy.includes("representative dataset"))).toBe(true);
});
