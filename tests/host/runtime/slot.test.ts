/** What a slot's header says of a model of MLPerf Tiny's shapes, whatever bytes it has at its edges. */
import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import type { LayeredGraph, Tensor } from "../../../host/model/graph.ts";
import { inferredTask, type Task } from "../../../host/module/task.ts";
import { slotInfo } from "../../../host/runtime/slot.ts";

type Bytes = "i8" | "u8";

/** Its first values, requantised: nothing that MLPerf would publish, with edges as it asks for. */
async function model(inputs: number, outputs: number, from: Bytes, to: Bytes) {
  const tensor = (name: string, count: number, dtype: Bytes): Tensor => ({
    ...{ name, shape: [1, count], dtype, data: null },
    quantization: { scales: [1 / 256], zeroPoints: [dtype === "u8" ? 0 : -128], axis: 0 },
  });
  const graph: LayeredGraph = {
    kind: "layered",
    source: { name: "edges", format: "graph", sha256: "0".repeat(64) },
    tensors: [
      tensor("in", inputs, from),
      tensor("some", outputs, from),
      tensor("inside", outputs, "i8"),
      tensor("out", outputs, to),
    ],
    nodes: [
      {
        ...{ kind: "STRIDED_SLICE", index: 0, name: "some", inputs: [0], output: 1 },
        ...{ begin: [0, 0], strides: [1, 1], extents: [1, outputs] },
      },
      { kind: "QUANTIZE", index: 1, name: "inside", inputs: [1], output: 2 },
      { kind: "QUANTIZE", index: 2, name: "out", inputs: [2], output: 3 },
    ],
    inputs: [{ tensor: 0, edge: from }],
    outputs: [{ tensor: 3, edge: to }],
    labels: null,
  };
  const { wasm, manifest } = await compile(graph, { ...DEFAULT_OPTIONS, build: "mvp" });
  const info = (task: Task) => slotInfo(wasm, manifest, { task });
  return { info, inferred: inferredTask(manifest) };
}

test.each([
  ["kws01", 490, 12, "i8", "none"],
  ["kws01", 490, 12, "u8", "u8"], // sent as int8: the same numbers 128 apart
  ["ic01", 3072, 10, "i8", "u8"],
  ["ic01", 3072, 10, "u8", "none"],
  ["vww01", 27_648, 2, "u8", "none"],
  ["ad01", 640, 640, "i8", "f32"],
] as const)(
  "%s, %i values to %i: an input of %s",
  async (task, inputs, outputs, type, conversion) => {
    const { info, inferred } = await model(inputs, outputs, type, "i8");
    expect(inferred).toBe(task);
    expect(info(task)).toMatchObject({ task, conversion });
  },
);

test.each([
  ["kws01", 490, 12, "i8", "u8", "490 values of i8 or u8 in, 12 of i8 out"],
  ["ic01", 3072, 10, "u8", "u8", "3072 values of i8 or u8 in, 10 of i8 out"],
  ["ad01", 640, 640, "u8", "i8", "640 values of i8 in, 640 of i8 out"],
] as const)(
  "%s, %i values to %i: %s to %s is refused by its types",
  async (task, n, m, from, to, expected) => {
    const { info, inferred } = await model(n, m, from, to);
    expect(inferred).toBe("none");
    expect(() => info(task)).toThrow(
      new RegExp(
        `^USAGE: --task ${task}: got a model ${from} \\[1,${n}\\] → ${to} \\[1,${m}\\], expected ${expected}`,
      ),
    );
    expect(info("none")).toMatchObject({ task: "none", conversion: "none" });
  },
);
