/** Quadratic integrate-and-fire through the compiler: closed forms, a float64 stepper of its own, what is refused. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../../host/compiler/index.ts";
import { planSpiking } from "../../../../host/compiler/spiking/index.ts";
import { mulberry32 } from "../../../../host/model/random.ts";
import type { SpikingGraph } from "../../../../host/model/spiking-graph.ts";
import type { Build } from "../../../../host/module/manifest.ts";
import { allToAll, network, quadraticIf, uniform } from "../../../../host/network/index.ts";
import { discretise } from "../../../../host/spiking/discretise.ts";
import { floatStepper } from "../../../../host/spiking/float-stepper.ts";
import { cli, cliJson, folderOfFiles } from "../../../support/cli.ts";
import { openSpiking } from "../../../support/spiking.ts";

const BUILDS: readonly Build[] = ["mvp", "simd"];
const TAU = 0.02;
const CELL = { tau: TAU, vCritical: 1, vThreshold: 20, vReset: -5 };

type Given = Partial<Parameters<typeof quadraticIf>[0]>;

function alone(given: Given, dtSeconds = 2e-5): SpikingGraph {
  const net = network({ name: "qif", dtSeconds });
  net.output("spikes", net.population("cell", 1, quadraticIf({ ...CELL, ...given })));
  return net.graph();
}

async function spikeSteps(graph: SpikingGraph, steps: number, build: Build): Promise<number[]> {
  const { step } = await openSpiking(graph, { build, selfTest: false });
  return Array.from({ length: steps }, (_, k) => k).filter(() => step([])[0] === 1);
}

/**
 * Seconds from reset to threshold. With u = v − (v_leak + v_critical)/2 and Δ = RI − a0 (v_critical − v_leak)²/4 > 0,
 * tau du/dt = a0 u² + Δ takes tau / √(a0 Δ) · arctan(u √(a0 / Δ)) from one end to the other.
 */
function period(current: number, { a0 = 1, r = 1, rest = 0 } = {}): number {
  const middle = (rest + CELL.vCritical) / 2;
  const delta = r * current - (a0 * (CELL.vCritical - rest) ** 2) / 4;
  const angle = (v: number) => Math.atan((v - middle) * Math.sqrt(a0 / delta));
  return (TAU / Math.sqrt(a0 * delta)) * (angle(CELL.vThreshold) - angle(CELL.vReset));
}

describe.each(BUILDS)("%s", (build) => {
  const cases = [
    { current: 0.5 },
    { current: 1 },
    { current: 3 },
    { current: 12 },
    { current: 2, a0: 0.25, r: 1.5, vLeak: -2 },
  ];
  test.each(cases)("under a constant current: the period of theory, %o", async (given) => {
    const { current, a0 = 1, r = 1, vLeak = 0 } = given;
    const times = await spikeSteps(alone({ ...given, vInitial: CELL.vReset }), 25_000, build);
    const theory = period(current, { a0, r, rest: vLeak }) / 2e-5;
    expect(times.length).toBe(Math.floor(25_000 / theory));
    times.slice(1).forEach((t, k) => {
      expect(Math.abs(t - (times[k] ?? 0) - theory)).toBeLessThan(1 + 0.004 * theory);
    });
  });

  test("below the rheobase, a0 (v_critical − v_leak)²/4, it is silent; above it is not", async () => {
    expect(await spikeSteps(alone({ current: 0.245 }), 50_000, build)).toEqual([]);
    expect(await spikeSteps(alone({ current: 0.26 }), 50_000, build)).not.toEqual([]);
  });

  test("without a current: from above v_critical a spike when theory says, from below rest", async () => {
    // tau dv/dt = v (v − 1): v/(v − 1) falls by e^(t/tau) … to that of the threshold
    const ratio = (v: number) => v / (v - 1);
    const theory = (TAU * Math.log(ratio(1.5) / ratio(20))) / 2e-5;
    const [first = 0, ...others] = await spikeSteps(alone({ vInitial: 1.5 }), 20_000, build);
    expect(Math.abs(first - theory)).toBeLessThan(1 + 0.004 * theory);
    expect(others).toEqual([]);
    const { step, read } = await openSpiking(alone({ vInitial: 0.99 }), { build });
    for (let k = 0; k < 20_000; k++) expect(step([])[0]).toBe(0);
    // as near as half a unit of 2^-21 in a step of g · v: 1000 of them, by halves
    expect(Math.abs(read("cell.v")[0] ?? 1)).toBeLessThan(500.5 * 2 ** -21);
  });
});

const N = 7;
const INPUTS = 5;
const REST_STEPS = 6;

/** Neurons of their own speeds and thresholds, driven by spikes. */
function driven(): SpikingGraph {
  const net = network({ name: "driven", seed: 3, dtSeconds: 1e-4 });
  const input = net.input("in", INPUTS);
  const cells = net.population(
    "cells",
    N,
    quadraticIf({
      ...{ tau: uniform(5e-3, 2e-2), a0: uniform(0.5, 2), r: 2, vLeak: -0.2, vCritical: 0.8 },
      ...{ vThreshold: uniform(3, 8), vReset: -1, current: 0.15 },
      refractorySeconds: REST_STEPS * 1e-4,
    }),
  );
  net.project(input, cells, { connect: allToAll(), weight: uniform(-8, 16) });
  net.output("out", cells);
  return net.graph();
}

/** The same in float64, from the graph and from nothing else. */
function ownStepper(graph: SpikingGraph) {
  const cells = graph.nodes.find((node) => node.kind === "QIF");
  const synapses = graph.nodes.find((node) => node.kind === "Linear" || node.kind === "Sparse");
  if (cells?.kind !== "QIF" || synapses?.kind !== "Linear") throw new Error("another graph");
  const of = (values: number | Float64Array, k: number) =>
    typeof values === "number" ? values : (values[k] ?? Number.NaN);
  const v = Array.from({ length: N }, (_, k) => of(cells.vInitial, k));
  const resting = new Array<number>(N).fill(0);
  const step = (input: readonly number[]): number[] =>
    v.map((before, k) => {
      if ((resting[k] ?? 0) > 0) {
        resting[k] = (resting[k] ?? 0) - 1;
        return 0;
      }
      const synaptic = input.reduce((n, x, i) => n + x * of(synapses.weight, k * INPUTS + i), 0);
      const force =
        of(cells.a0, k) * (before - of(cells.vLeak, k)) * (before - of(cells.vCritical, k)) +
        of(cells.r, k) * (synaptic + of(cells.current, k));
      const x = before + (graph.semantics.dtSeconds / of(cells.tau, k)) * force;
      const spike = x >= of(cells.vThreshold, k);
      v[k] = spike ? of(cells.vReset, k) : x;
      if (spike) resting[k] = REST_STEPS;
      return spike ? 1 : 0;
    });
  return { v, step };
}

function inputs(steps: number): number[][] {
  const random = mulberry32(5);
  const one = () => (random() < 0.03 ? 1 : 0);
  return Array.from({ length: steps }, () => Array.from({ length: INPUTS }, one));
}

test.each(BUILDS)("driven by spikes, %s: every spike of a float64 stepper", async (build) => {
  const graph = driven();
  const own = ownStepper(graph);
  const float = floatStepper(discretise(graph));
  const { step, read } = await openSpiking(graph, { build });
  let spikes = 0;
  let error = 0;
  for (const input of inputs(3000)) {
    const expected = own.step(input);
    float.step(input);
    expect(Array.from(step(input))).toEqual(expected);
    expect(Array.from(float.events(1))).toEqual(expected);
    read("cells.v").forEach((v, k) => {
      error = Math.max(error, Math.abs(v - (own.v[k] ?? 0)));
      expect(float.potential(1)[k]).toBeCloseTo(own.v[k] ?? 0, 9);
    });
    spikes += expected.reduce((a, b) => a + b, 0);
  }
  expect(spikes).toBeGreaterThan(100);
  expect(error).toBeLessThan(0.02);
});

describe("ranges", () => {
  const reportOf = (graph: SpikingGraph) =>
    planSpiking(graph, DEFAULT_OPTIONS).network.report.populations[0];

  test("a potential that inhibition cannot press out of the format is proven, and stays", async () => {
    const graph = alone({ current: -1000 });
    expect(reportOf(graph)).toMatchObject({ name: "cell", neverSaturates: true });
    const { step, read, session } = await openSpiking(graph);
    // where the parabola holds it: v (v − 1) = 1000
    const rest = (1 - Math.sqrt(4001)) / 2;
    for (let k = 0; k < 5000; k++) step([]);
    expect(read("cell.v")[0]).toBeCloseTo(rest, 3);
    expect(session.counters().saturations).toBe(0n);
  });

  test("one that leaves it is held there and counted", async () => {
    const net = network({ name: "pressed", dtSeconds: 1e-4 });
    const input = net.input("in", 1);
    const cells = net.population("cells", 1, quadraticIf({ ...CELL, a0: 1e-4 }));
    net.project(input, cells, { connect: allToAll(), weight: -30_000 });
    net.output("out", cells);
    const { step, session } = await openSpiking(net.graph());
    expect(reportOf(net.graph())?.neverSaturates).toBe(false);
    step([255]);
    step([255]);
    expect(session.counters().saturations).toBeGreaterThan(0n);
  });

  test.each([
    ["an explicit step that overshoots", { tau: 1e-5 }, /less than 2/],
    ["a reset from which it does", { vReset: -3000 }, /less than 2/],
    ["a reset at the threshold", { vReset: 20 }, /fire in every step/],
    ["a parabola without an end", { a0: 1e9 }, /a0 · dt \/ tau = 1000000/],
    ["a parabola that is none", { a0: 1e-12 }, /from 2\^-38/],
  ] as const)("%s is refused", (_, given, message) => {
    expect(() => planSpiking(alone(given), DEFAULT_OPTIONS)).toThrow(message);
    expect(() => planSpiking(alone(given), DEFAULT_OPTIONS)).toThrow(/^MODEL_RANGE: node cell/);
  });
});

describe("a module", () => {
  const { path } = folderOfFiles();

  test("is inspected, recorded and drawn", async () => {
    const graph = alone({ current: 3 });
    const { nodes } = planSpiking(graph, DEFAULT_OPTIONS).layout;
    expect(nodes[0]).toMatchObject({ name: "cell", kind: "quadratic", neurons: 1 });
    const module = path("qif.wasm");
    writeFileSync(module, (await compile(graph, DEFAULT_OPTIONS)).wasm);
    const { document } = await cliJson(["inspect", module]);
    expect(document.records).toEqual(["cell.spikes", "cell.v", "cell.i"]);
    const [spikes, v, plot] = ["spikes.events.csv", "v.csv", "plot.svg"].map(path);
    const args = ["run", module, "--steps", "3000", "--plot", `${plot}`];
    const records = ["--record", `cell.spikes=${spikes}`, "--record", `cell.v=${v}`];
    expect((await cli([...args, ...records])).code).toBe(0);
    const times = await spikeSteps(graph, 3000, "mvp");
    const rows = readFileSync(`${spikes}`, "utf8").trim().split("\n");
    expect(rows.slice(-times.length).map((row) => Number(row.split(",")[0]))).toEqual(times);
    expect(readFileSync(`${plot}`, "utf8")).toContain("potential of cell");
  });
});
