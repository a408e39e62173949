/** Float32 edges with movers between the edge and its QUANTIZE or DEQUANTIZE: the host converts all the same. */
import { expect, test } from "vitest";
import { importModel } from "../../../../host/importers/index.ts";
import type { LayeredGraph } from "../../../../host/model/graph.ts";
import { int8, int32, problemsOf } from "../../../support/single-operator.ts";
import { type FileTensor, type ModelFile, writeTflite } from "../../../support/tflite-writer.ts";

const float = (name: string, shape: readonly number[]): FileTensor => ({
  name,
  shape,
  type: "float32",
});
const shape = (name: string, values: readonly number[]): FileTensor => int32(name, values);

/** f32 [6] → RESHAPE, EXPAND_DIMS → QUANTIZE → RELU → DEQUANTIZE → SQUEEZE, RESHAPE → f32 [3,2] */
const MOVED: ModelFile = {
  tensors: [
    float("samples", [6]),
    float("rows", [2, 3]),
    float("batch", [1, 2, 3]),
    int8("quantised", [1, 2, 3]),
    int8("positive", [1, 2, 3], { scales: [0.25], zeroPoints: [-128] }),
    float("real", [1, 2, 3]),
    float("flat", [2, 3]),
    float("scores", [3, 2]),
    shape("to rows", [2, 3]),
    shape("axis", [0]),
    shape("to scores", [3, 2]),
  ],
  operators: [
    { kind: "RESHAPE", inputs: [0, 8], outputs: [1] },
    { kind: "EXPAND_DIMS", inputs: [1, 9], outputs: [2] },
    { kind: "QUANTIZE", inputs: [2], outputs: [3] },
    { kind: "RELU", inputs: [3], outputs: [4] },
    { kind: "DEQUANTIZE", inputs: [4], outputs: [5] },
    { kind: "SQUEEZE", inputs: [5], outputs: [6] },
    { kind: "RESHAPE", inputs: [6, 10], outputs: [7] },
  ],
  inputs: [0],
  outputs: [7],
};

test("the graph begins and ends in bytes, with the edges' shapes and the inner scales", async () => {
  const graph = (await importModel(writeTflite(MOVED), "moved")) as LayeredGraph;
  const { tensors } = graph;
  expect(graph.nodes.map(({ index, kind }) => `${index} ${kind}`)).toEqual([
    ...["0 RESHAPE", "1 EXPAND_DIMS", "3 RELU", "5 SQUEEZE", "6 RESHAPE"],
  ]);
  const described = (t: number | undefined) => {
    const { name, shape, dtype, quantization } = tensors[t ?? -1] as (typeof tensors)[number];
    return { name, shape, dtype, scale: quantization.scales[0], zero: quantization.zeroPoints[0] };
  };
  const [input, output] = [graph.inputs[0], graph.outputs[0]];
  expect([input?.edge, output?.edge]).toEqual(["f32", "f32"]);
  const inside = { dtype: "i8", scale: 0.5, zero: 3 };
  expect(described(input?.tensor)).toEqual({ name: "samples", shape: [6], ...inside });
  const [reshape, expand, relu, squeeze] = graph.nodes;
  expect(reshape?.inputs).toEqual([input?.tensor]);
  expect(described(reshape?.output)).toEqual({ name: "rows", shape: [2, 3], ...inside });
  expect(described(expand?.output)).toMatchObject({ name: "quantised", ...inside });
  const positive = { dtype: "i8", scale: 0.25, zero: -128 };
  expect(described(relu?.output)).toMatchObject({ name: "positive", ...positive });
  expect(described(squeeze?.output)).toMatchObject({ name: "flat", ...positive });
  expect(described(output?.tensor)).toEqual({ name: "scores", shape: [3, 2], ...positive });
});

test("uint8 behind the QUANTIZE is as good", async () => {
  const tensors = MOVED.tensors.map((one) =>
    one.name === "quantised" ? { ...one, type: "uint8" as const, zeroPoints: [128] } : one,
  );
  const operators = [...MOVED.operators];
  operators[3] = { kind: "QUANTIZE", inputs: [3], outputs: [4] };
  const graph = (await importModel(
    writeTflite({ ...MOVED, tensors, operators }),
    "u8",
  )) as LayeredGraph;
  expect(graph.inputs).toEqual([{ tensor: expect.any(Number), edge: "f32" }]);
  expect(graph.tensors[graph.inputs[0]?.tensor ?? -1]?.dtype).toBe("u8");
});

const REFUSED: Readonly<Record<string, Partial<ModelFile>>> = {
  "a float tensor in between is an output as well": { outputs: [1, 7] },
  "a float tensor in between is read twice": {
    operators: [...MOVED.operators, { kind: "RELU", inputs: [1], outputs: [6] }],
  },
  "a float edge that is only moved": { outputs: [1] },
  "an operator that computes with float32": {
    operators: MOVED.operators.with(1, { kind: "LOGISTIC", inputs: [1], outputs: [2] }),
  },
};

test.each(Object.entries(REFUSED))("%s: refused", async (_, change) => {
  const problems = await problemsOf(writeTflite({ ...MOVED, ...change }));
  expect(problems.map(({ got }) => got)).toContainEqual(expect.stringContaining("float32"));
});
