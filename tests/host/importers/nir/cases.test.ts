/**
 * Files as exporters write them: what they leave out is inferred and said. Expected values: independent float64 steppers
 * (data/nir-cases), and hand-written sums.
 */
import { describe, expect, test } from "vitest";
import { importNir, NIR_DEFAULTS, type NirOptions } from "../../../../host/importers/nir/index.ts";
import type { SpikingGraph } from "../../../../host/model/spiking-graph.ts";
import { dataTest, readData } from "../../../support/data.ts";
import { chain, f64, i64, type NirGraph, writeNir } from "../../../support/nir-writer.ts";
import { openSpiking } from "../../../support/spiking.ts";

const source = { name: "case.nir", format: "nir", sha256: "" } as const;

const load = async (graph: NirGraph, options: Partial<NirOptions> = {}): Promise<SpikingGraph> =>
  importNir(await writeNir(graph), source, { ...NIR_DEFAULTS, ...options });

const shapeOf = ({ nodes }: SpikingGraph, name: string) =>
  nodes.find((node) => node.name === name)?.shape;

/** Real values of the first output, step by step. */
async function run(
  graph: SpikingGraph,
  input: readonly (readonly number[])[],
  build: "mvp" | "simd",
): Promise<number[][]> {
  const { step, manifest } = await openSpiking(graph, { build });
  const [output] = manifest.outputs;
  if (!output) throw new Error("no output");
  return input.map((row) => {
    const bytes = step(row);
    const raw = output.dtype === "i32" ? new Int32Array(bytes.slice().buffer) : bytes;
    return Array.from(raw, (q) => q * output.scale);
  });
}

const csv = (path: string): number[][] =>
  new TextDecoder()
    .decode(readData(`nir-cases/${path}`))
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));

const lif = (...shape: number[]) => ({
  ...{ type: "LIF", tau: f64(shape, 0.01), r: f64(shape, 1), v_leak: f64(shape, 0) },
  ...{ v_threshold: f64(shape, 0.5), v_reset: f64(shape, 0) },
});

describe("recorded files", () => {
  for (const name of [
    ...["p_scalar_out_empty", "p_scalar_out_one", "r_delay", "m_linear_output", "c_lzf"],
  ]) {
    dataTest(`${name}.nir gives its right values in both builds`, async () => {
      const graph = importNir(readData(`nir-cases/${name}.nir`), source, NIR_DEFAULTS);
      const expected = csv(`${name}.expected.csv`);
      for (const build of ["mvp", "simd"] as const) {
        const got = await run(graph, csv("in6.csv"), build);
        const furthest = Math.max(
          ...expected.flatMap((row, t) => row.map((x, k) => Math.abs(x - (got[t]?.[k] ?? NaN)))),
        );
        // spikes are equal; values have 14 bits of the largest weight
        const most = Math.max(...expected.flat().map(Math.abs));
        expect(furthest).toBeLessThan(name === "m_linear_output" ? most * 2 ** -12 : 1e-9);
        expect(got).toHaveLength(expected.length);
      }
    });
  }

  dataTest("p_len1.nir: parameters of one element hold for the layer, said so", () => {
    const graph = importNir(readData("nir-cases/p_len1.nir"), source, NIR_DEFAULTS);
    expect(shapeOf(graph, "lif")).toEqual([8]);
    expect(graph.semantics.assumptions.join(" ")).toContain("parameters of one element");
  });
});

describe("outputs of currents", () => {
  const weight = f64([2, 3], 0.5, -1, 2, 0.25, 3, -0.125);
  const input = [
    [1, 0, 0],
    [0, 0, 0],
    [2, 1, 3],
    [0, 4, 0],
  ];
  const sums = [
    [0.5, 0.25],
    [0, 0],
    [1 - 1 + 6, 0.5 + 3 - 0.375],
    [-4, 12],
  ];
  const linear = () =>
    chain({
      input: { type: "Input", shape: i64(3) },
      fc: { type: "Linear", weight },
      output: { type: "Output", shape: i64(2) },
    });

  for (const discretisation of ["norse", "spyx", "nengo", "sinabs", "lava"] as const) {
    test(`Linear → Output under ${discretisation}: W · counts of one step, nothing of the last`, async () => {
      // all that lava gives comes a step later
      const expected = discretisation === "lava" ? [[0, 0], ...sums.slice(0, -1)] : sums;
      for (const build of ["mvp", "simd"] as const) {
        expect(await run(await load(linear(), { discretisation }), input, build)).toEqual(expected);
      }
    });
  }

  test("a bias is part of the sum", async () => {
    const graph = chain({
      input: { type: "Input", shape: i64(3) },
      fc: { type: "Affine", weight, bias: f64([2], 0.75, -8) },
      output: { type: "Output", shape: i64(2) },
    });
    const expected = sums.map(([a = 0, b = 0]) => [a + 0.75, b - 8]);
    expect(await run(await load(graph), input, "mvp")).toEqual(expected);
  });

  test("two sources of an Output are summed, and it says so", async () => {
    const graph: NirGraph = {
      type: "NIRGraph",
      nodes: {
        input: { type: "Input", shape: i64(2) },
        a: { type: "Scale", scale: f64([2], 1, 2) },
        output: { type: "Output", shape: i64(2) },
      },
      edges: [
        ["input", "a"],
        ["a", "output"],
        ["input", "output"],
      ],
    };
    const loaded = await load(graph);
    expect(loaded.semantics.assumptions).toContain(
      "output: its 2 sources are summed, and given as values.",
    );
    expect(await run(loaded, [[1, 10]], "mvp")).toEqual([[1 + 1, 2 * 10 + 10]]);
  });

  test("an average is given as an average, not as the sum of its window", async () => {
    const graph = chain({
      input: { type: "Input", shape: i64(1, 2, 2) },
      pool: { type: "AvgPool2d", kernel_size: i64(2, 2), stride: i64(2, 2), padding: i64(0, 0) },
      output: { type: "Output", shape: i64(1, 1, 1) },
    });
    expect(await run(await load(graph), [[1, 0, 1, 1]], "mvp")).toEqual([[0.75]]);
  });
});

describe("shapes that are left out", () => {
  test("a Flatten whose input_type holds zeros takes its source's shape", async () => {
    const graph = chain({
      input: { type: "Input", shape: i64(2, 3) },
      flatten: { type: "Flatten", input_type: i64(0, 0), start_dim: 0, end_dim: -1 },
      output: { type: "Output", shape: i64(6) },
    });
    const loaded = await load(graph);
    expect(shapeOf(loaded, "flatten")).toEqual([6]);
    expect(loaded.semantics.assumptions.join(" ")).toContain("input_type holds zeros");
  });

  test("an Output of several elements still has to fit", async () => {
    const graph = chain({
      input: { type: "Input", shape: i64(4) },
      lif: lif(4),
      output: { type: "Output", shape: i64(3) },
    });
    await expect(load(graph)).rejects.toThrow("edge lif → output");
  });
});

describe("a framework brings its reset", () => {
  const graph = chain({
    input: { type: "Input", shape: i64(1) },
    lif: lif(1),
    output: { type: "Output", shape: i64(1) },
  });
  const OWN = { norse: "zero", spyx: "subtract", sinabs: "subtract", nengo: "zero", lava: "zero" };
  for (const [discretisation, reset] of Object.entries(OWN)) {
    test(`${discretisation}: ${reset}`, async () => {
      const loaded = await load(graph, { discretisation: discretisation as "norse" });
      expect(loaded.semantics.reset).toBe(reset);
    });
  }

  test("a reset that is given stays", async () => {
    const loaded = await load(graph, { discretisation: "spyx", reset: "zero" });
    expect(loaded.semantics.reset).toBe("zero");
  });

  test("snntorch has two, and asks which", async () => {
    await expect(load(graph, { discretisation: "snntorch" })).rejects.toThrow(
      /zero, as its import of NIR files does, or subtract/,
    );
    const loaded = await load(graph, { discretisation: "snntorch", reset: "subtract" });
    expect(loaded.semantics.reset).toBe("subtract");
  });
});
