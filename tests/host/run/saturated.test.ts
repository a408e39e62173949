/** Saturations node by node: each node's own number, from the module alone as from the model. */
import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import type { SpikingGraph } from "../../../host/model/spiking-graph.ts";
import { integrateAndFire, list, network } from "../../../host/network/index.ts";
import { discretise } from "../../../host/spiking/discretise.ts";
import { LIMIT } from "../../../host/spiking/fixed-network.ts";
import { quantise } from "../../../host/spiking/quantise.ts";
import { cli, cliJson, folderOfFiles } from "../../support/cli.ts";
import { chain, f64, i64, writeNir } from "../../support/nir-writer.ts";

const { file, path } = folderOfFiles();

/** An IF for each input, which only ever drives it down. */
function sinking(weights: Readonly<Record<string, number>>): SpikingGraph {
  const net = network({ name: "sinking" });
  Object.entries(weights).forEach(([name, weight]) => {
    const input = net.input(`to-${name}`, 1);
    const cell = net.population(name, 1, integrateAndFire({ vThreshold: 1 }));
    net.project(input, cell, { connect: list([0], [0]), weight: [weight] });
    net.output(`${name}-out`, cell);
  });
  return net.graph();
}

/** What a step of 255 events takes off is held at −LIMIT: how often, by the definition. */
function heldOften(graph: SpikingGraph, name: string, weight: number, steps: number): number {
  const { report } = quantise(discretise(graph), "i16");
  const bits = report.populations.find((p) => p.name === name)?.fractionBits ?? Number.NaN;
  let [v, held] = [0, 0];
  for (let t = 0; t < steps; t++) {
    const exact = v + 255 * weight * 2 ** bits;
    v = Math.max(exact, -LIMIT);
    if (v !== exact) held += 1;
  }
  return held;
}

const WEIGHTS = { fast: -64, slow: -32, idle: -8 };
const STEPS = 200;
const rows = Array.from({ length: STEPS }, (_, t) => `255,${t < 150 ? 255 : 0},0\n`).join("");

test("each population has a line and a number of its own, none where nothing was held", async () => {
  const graph = sinking(WEIGHTS);
  const expected = [
    { node: "fast", saturations: heldOften(graph, "fast", WEIGHTS.fast, STEPS) },
    { node: "slow", saturations: heldOften(graph, "slow", WEIGHTS.slow, 150) },
  ];
  for (const { saturations } of expected) expect(saturations).toBeGreaterThan(10);
  expect(expected[0]?.saturations).not.toBe(expected[1]?.saturations);
  const input = file("rows.csv", rows);
  for (const build of ["mvp", "simd"] as const) {
    const { wasm } = await compile(graph, { ...DEFAULT_OPTIONS, build });
    const model = file(`${build}.wasm`, wasm);
    const { document, stderr } = await cliJson(["run", model, "--input", input]);
    expect(document.saturated).toEqual(expected);
    const total = expected.reduce((n, { saturations }) => n + saturations, 0);
    expect(document.counters.saturations).toBe(total);
    const warnings = stderr.match(/^.*saturation.*$/gm) ?? [];
    expect(warnings).toEqual(
      expected.map(({ node, saturations }) =>
        expect.stringContaining(`${saturations} saturations: ${node} left`),
      ),
    );
  }
});

test("a second run begins at 0", async () => {
  const { wasm } = await compile(sinking(WEIGHTS), DEFAULT_OPTIONS);
  const { localTarget } = await import("../../../host/runtime/index.ts");
  const session = await localTarget().load(wasm);
  const entry = session.manifest.memory.find(({ name }) => name === "fast.saturations");
  if (!entry) throw new Error("the module does not count for it");
  const count = async () => Buffer.from(await session.read(entry.ptr, entry.len)).readBigUInt64LE();
  const output = new Uint8Array(session.outputBytes);
  for (let t = 0; t < STEPS; t++) await session.step(Uint8Array.of(255, 0, 0), output);
  const first = await count();
  await session.reset();
  expect(await count()).toBe(0n);
  for (let t = 0; t < STEPS; t++) await session.step(Uint8Array.of(255, 0, 0), output);
  expect(await count()).toBe(first);
  await session.close();
});

test("a delay that holds counts of a pool is a node of its own", async () => {
  const graph = chain({
    input: { type: "Input", shape: i64(1, 17, 17) },
    pool: { type: "SumPool2d", kernel_size: i64(17, 17), stride: i64(17, 17), padding: i64(0, 0) },
    late: { type: "Delay", delay: f64([1, 1, 1], 2e-4) },
    flat: { type: "Flatten", start_dim: i64(0), end_dim: i64(-1), input_type: i64(1, 1, 1) },
    fc: { type: "Linear", weight: f64([1, 1], 0.001) },
    cell: { type: "IF", r: f64([1], 1), v_threshold: f64([1], 1), v_reset: f64([1], 0) },
    output: { type: "Output", shape: i64(1) },
  });
  const model = file("pool.nir", await writeNir(graph));
  // 289 in a step are held at 255; 200 are not
  const line = (ones: number) => `${Array.from({ length: 289 }, (_, k) => (k < ones ? 1 : 0))}\n`;
  const input = file("pool.csv", line(289).repeat(7) + line(200).repeat(5));
  const { document } = await cliJson(["run", model, "--input", input]);
  expect(document.saturated).toEqual([{ node: "late", saturations: 7 }]);
});

test("a module whose one population can saturate is as it was: nothing books, and the number is its own", async () => {
  const graph = sinking({ only: -64 });
  const { wasm, manifest } = await compile(graph, DEFAULT_OPTIONS);
  expect(manifest.memory.filter(({ name }) => name.endsWith(".saturations"))).toEqual([]);
  const model = file("only.wasm", wasm);
  const input = file("only.csv", "255\n".repeat(STEPS));
  const saturations = heldOften(graph, "only", -64, STEPS);
  const { document } = await cliJson(["run", model, "--input", input]);
  expect(document.saturated).toEqual([{ node: "only", saturations }]);
  const quiet = await cli(["run", model, "--steps", "3"]);
  expect(quiet.stderr).not.toContain("saturation");
  expect(path("only.wasm")).toBe(model);
});
