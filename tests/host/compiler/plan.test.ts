import { describe, expect, test } from "vitest";
import { lowerGraph } from "../../../host/compiler/lower-graph.ts";
import { DEFAULT_OPTIONS } from "../../../host/compiler/options.ts";
import { planLayered } from "../../../host/compiler/plan.ts";
import { TwentyWattError } from "../../../host/errors.ts";
import type { LayerNode } from "../../../host/model/graph.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { int8Tensor, layeredGraph, reshape } from "../../support/graphs.ts";
import { randomGraph, runShadow, shadowRows } from "../../support/shadow-memory.ts";

const scratch = (node: LayerNode): number => (node.index * 37) % 200;
const rows = (inPlace: boolean) =>
  shadowRows({
    inPlace: () => inPlace,
    scratch,
    constant: (node) => Uint8Array.of(1, 2, 3, 4, node.index, node.index >> 8, 9),
  });

describe("random networks", () => {
  test.each([
    { inPlace: false, keepLayers: false },
    { inPlace: true, keepLayers: false },
    { inPlace: true, keepLayers: true },
  ])("no two live buffers overlap: %j", ({ inPlace, keepLayers }) => {
    const table = rows(inPlace);
    for (let seed = 1; seed <= 300; seed++) {
      const graph = randomGraph(mulberry32(seed), 1 + (seed % 40));
      const options = { ...DEFAULT_OPTIONS, keepLayers };
      const layout = planLayered(graph, lowerGraph(graph, table, options), options);
      runShadow(graph, layout, scratch, 2);

      const m = layout.memory;
      const lines = [m.inputBytes, m.outputBytes, m.stateBytes, m.activationPeakBytes];
      expect(lines.reduce((a, b) => a + b, m.scratchBytes + m.constantBytes)).toBe(m.memUsedBytes);
      expect(m.scratchBytes).toBeGreaterThanOrEqual(16 + 32 + 64);
      expect(m.pages).toBe(Math.ceil(m.memUsedBytes / 65536));
      for (const { ptr, len } of layout.entries) {
        expect(ptr).toBeGreaterThanOrEqual(16);
        expect(ptr + len + 64).toBeLessThanOrEqual(m.memUsedBytes);
      }
    }
  });

  test("memory stays close to the lower bound", () => {
    let [used, bound] = [0, 0];
    for (let seed = 1; seed <= 100; seed++) {
      const graph = randomGraph(mulberry32(seed), 30);
      const layout = planLayered(
        graph,
        lowerGraph(graph, rows(false), DEFAULT_OPTIONS),
        DEFAULT_OPTIONS,
      );
      used += layout.entries.find(({ name }) => name === "activations")?.len ?? 0;
      bound += layout.memory.activationPeakBytes;
    }
    expect(used / bound).toBeLessThan(1.02);
  });
});

test("kept layers are listed by operator, each with memory of its own", () => {
  const graph = layeredGraph(
    [int8Tensor("a", [1, 24]), int8Tensor("b", [1, 24]), int8Tensor("c", [24])],
    [{ kind: "TANH", index: 0, name: "tanh", inputs: [0], output: 1 }, { ...reshape(12, 1, 2) }],
    [0],
    [2],
  );
  const options = { ...DEFAULT_OPTIONS, keepLayers: true };
  const { entries, output } = planLayered(graph, lowerGraph(graph, rows(true), options), options);
  const kept = entries.filter(({ kind }) => kind === "layer");
  expect(kept).toEqual([
    { name: "op00_TANH", ptr: output.ptr, len: 24, kind: "layer" },
    { name: "op12_RESHAPE", ptr: output.ptr, len: 24, kind: "layer" },
  ]);
});

describe("graphs that break their own type", () => {
  const codes = (run: () => unknown): readonly string[] => {
    try {
      run();
      return [];
    } catch (error) {
      if (!(error instanceof TwentyWattError)) throw error;
      return error.problems.map(({ code }) => code);
    }
  };
  const lower = (graph: ReturnType<typeof layeredGraph>) => () =>
    lowerGraph(graph, rows(false), DEFAULT_OPTIONS);
  const [a, b] = [int8Tensor("a", [1, 4]), int8Tensor("b", [1, 5])];

  test("all problems come at once", () => {
    const graph = layeredGraph([a, b], [reshape(0, 1, 7), reshape(1, 0, 1)], [0], [5]);
    expect(codes(lower(graph))).toEqual(["MODEL_FORMAT", "MODEL_FORMAT", "MODEL_FORMAT"]);
  });
  test("an alias of another size", () => {
    expect(codes(lower(layeredGraph([a, b], [reshape(0, 0, 1)], [0], [1])))).toEqual([
      "MODEL_SHAPE",
    ]);
  });
  test("a tensor written twice", () => {
    const graph = layeredGraph([a, a], [reshape(0, 0, 1), reshape(1, 0, 1)], [0], [1]);
    expect(codes(lower(graph))).toEqual(["MODEL_FORMAT"]);
  });
  test("a constant of another length than its shape", () => {
    const wrong = int8Tensor("w", [1, 4], new Uint8Array(3));
    expect(codes(lower(layeredGraph([a, wrong], [], [0], [1])))).toEqual(["MODEL_SHAPE"]);
  });
  test("more memory than any target has", () => {
    const huge = int8Tensor("huge", [1, 1 << 14, 1 << 15]);
    const graph = layeredGraph(
      [huge, huge],
      [{ kind: "TANH", index: 0, name: "tanh", inputs: [0], output: 1 }],
      [0],
      [1],
    );
    const run = () =>
      planLayered(graph, lowerGraph(graph, rows(false), DEFAULT_OPTIONS), DEFAULT_OPTIONS);
    expect(codes(run)).toEqual(["MODULE_TOO_BIG"]);
  });
});
