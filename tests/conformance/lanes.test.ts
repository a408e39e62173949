/** Networks in 16 bits on every build: spikes, potentials and counters against the oracle, which also watches the lanes. */
import { expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "../../host/compiler/options.ts";
import { planSpiking } from "../../host/compiler/spiking/index.ts";
import { mulberry32 } from "../../host/model/random.ts";
import type { SpikingGraph } from "../../host/model/spiking-graph.ts";
import type { Build } from "../../host/module/manifest.ts";
import {
  allToAll,
  inDegree,
  integrateAndFire,
  lif,
  network,
  oneToOne,
  threshold,
  uniform,
} from "../../host/network/index.ts";
import { discretise } from "../../host/spiking/discretise.ts";
import type { FixedNetwork } from "../../host/spiking/fixed-network.ts";
import { floatStepper } from "../../host/spiking/float-stepper.ts";
import { quantise } from "../../host/spiking/quantise.ts";
import { openSpiking } from "../support/spiking.ts";
import { spikingOracle } from "../support/spiking-oracle.ts";

const STEPS = 100;
const INPUTS = 24;
const SIZES = [5, 16, 37, 140] as const;

/** Inputs → a sparse layer with feedback and inhibition → a dense one that subtracts → one that integrates. */
function layers(seed: number, n: number): SpikingGraph {
  const discretisation = seed % 2 === 0 ? "exact" : "norse";
  const net = network({ name: `lanes-${seed}`, seed, dtSeconds: 1e-3, discretisation });
  const input = net.input("in", INPUTS);
  const relay = net.population("relay", INPUTS, threshold({ threshold: 0.5 }));
  const hidden = net.population(
    "hidden",
    n,
    lif({ tau: 10e-3, vThreshold: 1, vReset: -0.125, vLeak: 0.05, current: 0.7 }),
  );
  const second = net.population("second", 21, lif({ tau: 4e-3, vThreshold: 1, vLeak: 0.25 }));
  const counter = net.population("counter", 9, integrateAndFire({ vThreshold: 40 }));
  net.project(input, relay, { connect: oneToOne(), weight: 1 });
  net.project(input, hidden, { connect: inDegree(3), weight: uniform(-0.2, 1.4) });
  net.project(hidden, hidden, { connect: inDegree(Math.min(n - 1, 6)), weight: uniform(-0.4, 1) });
  net.project(relay, second, { connect: allToAll(), weight: uniform(-0.3, 1) });
  net.project(hidden, second, { connect: inDegree(Math.min(n, 5)), weight: uniform(-0.3, 1) });
  net.project(second, counter, { connect: allToAll(), weight: uniform(0, 3) });
  net.start(hidden, uniform(-0.1, 0.9));
  net.output("hidden.out", hidden);
  net.output("second.out", second);
  net.output("counter.out", counter);
  return net.graph();
}

/** One population that subtracts its threshold, driven by a current and by itself. */
function subtracting(seed: number, n: number): SpikingGraph {
  const net = network({ name: "subtracting", seed, dtSeconds: 1e-3, reset: "subtract" });
  const cells = net.population("cells", n, lif({ tau: 20e-3, vThreshold: 1, current: 1.2 }));
  net.project(cells, cells, { connect: inDegree(4), weight: uniform(-0.5, 0.8) });
  net.start(cells, uniform(0, 1));
  net.output("spikes", cells);
  return net.graph();
}

/** All to all, with and without oneself: rows of 16 bits while they are small, rows of 8 bits beyond. */
function everyone(n: number, self: boolean): SpikingGraph {
  const net = network({ name: "everyone", seed: n, dtSeconds: 1e-3 });
  const cells = net.population("cells", n, lif({ tau: 16e-3, vThreshold: 1, vLeak: 1.03 }));
  const input = net.input("in", INPUTS);
  net.project(input, cells, { connect: allToAll(), weight: uniform(0.1, 0.3) });
  net.project(cells, cells, { connect: allToAll({ self }), weight: uniform(-0.1, 0.28) });
  net.start(cells, uniform(0, 1));
  net.output("spikes", cells);
  return net.graph();
}

const inLanes = (fixed: FixedNetwork): string[] =>
  fixed.events.flatMap((e) => (e.kind === "population" && e.population.lanes ? [e.name] : []));

async function agree(graph: SpikingGraph, rows: readonly number[][]): Promise<void> {
  const fixed = quantise(discretise(graph), "i8");
  const states: Uint8Array[] = [];
  for (const build of ["mvp", "simd"] satisfies Build[]) {
    const { session, step, read } = await openSpiking(graph, { build, weights: "i8" });
    const oracle = spikingOracle(fixed);
    rows.forEach((row, t) => {
      step(row);
      oracle.step(row);
      fixed.events.forEach((event, k) => {
        if (event.kind !== "population") return;
        const where = `${build}, step ${t}, ${event.name}`;
        expect(read(`${event.name}.spikes`), where).toEqual(oracle.values(k));
        if (!event.population.lanes) return;
        const unit = 2 ** event.population.fractionBits;
        expect(
          read(`${event.name}.v`).map((v) => v * unit),
          where,
        ).toEqual(oracle.potential(k));
      });
    });
    const { steps, ...counted } = session.counters();
    expect(steps).toBe(BigInt(rows.length));
    const numbers = Object.entries(counted).map(([name, n]) => [name, Number(n)]);
    expect(Object.fromEntries(numbers)).toEqual(oracle.counters);
    expect(oracle.counters.spikes).toBeGreaterThan(10);
    states.push(session.readState());
    session.reset();
    for (const row of rows) step(row);
    expect(session.readState()).toEqual(states.at(-1));
  }
  expect(states[1]).toEqual(states[0]);
}

for (const [seed, n] of SIZES.entries()) {
  test(`layers of ${n} neurons`, async () => {
    const graph = layers(seed, n);
    expect(inLanes(quantise(discretise(graph), "i8"))).toEqual(["hidden", "second", "counter"]);
    expect(inLanes(quantise(discretise(graph), "i16"))).toEqual([]);
    const random = mulberry32(seed);
    const spike = () => (random() < 0.1 ? 1 + Math.floor(random() * 2) : 0);
    await agree(
      graph,
      Array.from({ length: STEPS }, () => Array.from({ length: INPUTS }, spike)),
    );
  });
  test(`${n} neurons that subtract`, async () => {
    const graph = subtracting(seed, n);
    expect(inLanes(quantise(discretise(graph), "i8"))).toEqual(["cells"]);
    await agree(
      graph,
      Array.from({ length: STEPS }, () => []),
    );
  });
}

for (const [n, self, form] of [
  [64, true, "wideLanes"],
  [61, false, "wideLanes"],
  [100, true, "denseLanes"],
  [100, false, "sparseLanes"],
] as const) {
  test(`${n} neurons, all to all${self ? "" : " others"}: ${form}`, async () => {
    const graph = everyone(n, self);
    const { layout } = planSpiking(graph, { ...DEFAULT_OPTIONS, weights: "i8" });
    const entries = layout.step.map(({ kernel }) => kernel.entry.replace(/<.*/, ""));
    expect(entries.filter((entry) => /(wide|dense|sparse)Lanes/.test(entry)).at(-1)).toBe(form);
    const random = mulberry32(n);
    const count = () => (random() < 0.1 ? 1 + Math.floor(random() * 3) : 0);
    await agree(
      graph,
      Array.from({ length: STEPS }, () => Array.from({ length: INPUTS }, count)),
    );
  });
}

test("whatever comes in, no lane overflows: counts are held where the proof ends, and counted", () => {
  for (const [seed, n] of SIZES.entries()) {
    const graph = layers(seed, n);
    const fixed = quantise(discretise(graph), "i8");
    const into = fixed.projections.filter((p) => fixed.events[p.source]?.kind === "input");
    const most = into.flatMap((p) => (p.rule === null ? (p.mostCount ?? []) : []));
    expect(most.length).toBe(1);
    expect(most[0]).toBeGreaterThanOrEqual(4);
    const oracle = spikingOracle(fixed); // throws where x leaves its lane
    const random = mulberry32(seed);
    for (let t = 0; t < 600; t++) {
      // everything for long, silence for long, and the inputs of one sign alone
      const phase = Math.floor(t / 60) % 5;
      const count = (k: number) => (k % 2 === phase % 2 ? 255 : Math.floor(random() * 256));
      oracle.step(
        Array.from({ length: INPUTS }, (_, k) => (phase === 0 ? 255 : phase === 1 ? 0 : count(k))),
      );
    }
    expect(oracle.counters.saturations).toBeGreaterThan(1000);
  }
});

test("the spikes are nearly those of real numbers", () => {
  for (const graph of [layers(1, 64), subtracting(2, 64)]) {
    const network = discretise(graph);
    const fixed = spikingOracle(quantise(network, "i8"));
    const real = floatStepper(network);
    const random = mulberry32(5);
    const inputs = network.events[0]?.kind === "input" ? INPUTS : 0;
    const [a, b] = [new Map<string, number>(), new Map<string, number>()];
    for (let t = 0; t < 400; t++) {
      const row = Array.from({ length: inputs }, () => (random() < 0.1 ? 1 : 0));
      fixed.step(row);
      real.step(row);
      network.events.forEach(({ name }, k) => {
        const total = (values: ArrayLike<number>) => Array.from(values).reduce((n, x) => n + x, 0);
        a.set(name, (a.get(name) ?? 0) + total(fixed.values(k)));
        b.set(name, (b.get(name) ?? 0) + total(real.events(k)));
      });
    }
    for (const [name, count] of b) {
      expect(count).toBeGreaterThan(30);
      expect(Math.abs((a.get(name) ?? 0) - count) / count, name).toBeLessThan(0.03);
    }
  }
});
