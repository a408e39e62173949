/** net:synfire: its structure, and its compiled form against a float64 run of the same scheme, written from the equations. */
import { expect, test } from "vitest";
import { networkByName } from "../../../host/cli/networks.ts";
import type { SpikingGraph, SpikingNode } from "../../../host/model/spiking-graph.ts";
import type { Build } from "../../../host/module/manifest.ts";
import { type SynapseRow, synapses } from "../../../host/spiking/edges.ts";
import { openSpiking } from "../../support/spiking.ts";

const GENERATORS = 200;
const EXCITATORY = 200;
const INHIBITORY = 50;
const STAGE = EXCITATORY + INHIBITORY;
const STAGES = 4;
const NEURONS = GENERATORS + STAGES * STAGE;
const MILLISECONDS = 3000;
const PERIOD_MS = 400;

async function synfire(query = ""): Promise<SpikingGraph> {
  const graph = await networkByName(`net:synfire${query}`);
  if (graph.kind !== "spiking") throw new Error("net:synfire is layered");
  return graph;
}

const excitatory = (neuron: number) =>
  neuron < GENERATORS || (neuron - GENERATORS) % STAGE < EXCITATORY;

/** Generators first, then by stage its excitatory and its inhibitory neurons. */
const layerOf = (neuron: number): number => {
  if (neuron < GENERATORS) return 0;
  const stage = Math.floor((neuron - GENERATORS) / STAGE);
  return 1 + 2 * stage + (excitatory(neuron) ? 0 : 1);
};

/** Spikes by layer. Currents last one step, v takes two half steps, the threshold is tested first. */
function reference(rows: readonly SynapseRow[], phases: ArrayLike<number>): number[] {
  const from: SynapseRow[][] = Array.from({ length: NEURONS }, () => []);
  for (const row of rows) from[row.pre]?.push(row);
  const v = new Float64Array(NEURONS).fill(-70);
  const u = new Float64Array(NEURONS).fill(0.2 * -70);
  const clock = Float64Array.from({ length: GENERATORS }, (_, k) => phases[k] ?? Number.NaN);
  const due = Array.from({ length: 32 }, () => new Float64Array(NEURONS));
  const counts = new Array<number>(1 + 2 * STAGES).fill(0);
  for (let t = 0; t < MILLISECONDS; t++) {
    const currents = due[t % due.length] as Float64Array;
    for (let k = 0; k < NEURONS; k++) {
      const current = currents[k] as number;
      currents[k] = 0;
      if (!fires(k, current)) continue;
      const layer = layerOf(k);
      counts[layer] = (counts[layer] ?? 0) + 1;
      for (const { post, weight, delaySteps } of from[k] ?? []) {
        const later = due[(t + delaySteps) % due.length] as Float64Array;
        later[post] = (later[post] as number) + weight;
      }
    }
  }
  return counts;

  function fires(k: number, current: number): boolean {
    if (k < GENERATORS) {
      clock[k] = (clock[k] as number) + 1;
      if ((clock[k] as number) <= PERIOD_MS - 0.5) return false;
      clock[k] = 0;
      return true;
    }
    let [x, w] = [v[k] as number, u[k] as number];
    const spike = x >= 30;
    if (spike) {
      x = -65;
      w += excitatory(k) ? 8 : 2;
    }
    for (let half = 0; half < 2; half++) x += 0.5 * (0.04 * x * x + 5 * x + 140 - w + current);
    u[k] = w + (excitatory(k) ? 0.02 : 0.1) * (0.2 * x - w);
    v[k] = x;
    return spike;
  }
}

/** Spikes by layer, and the last step with any outside the generator. */
async function compiled(graph: SpikingGraph, build: Build, steps: number) {
  const { step } = await openSpiking(graph, { build });
  const generators = generatorOf(graph).shape[0] as number;
  const counts = new Array<number>(1 + 2 * STAGES).fill(0);
  let last = -1;
  for (let t = 0; t < steps; t++) {
    step([]).forEach((spike, k) => {
      if (spike === 0) return;
      if (k >= generators) last = t;
      counts[layerOf(k)] = (counts[layerOf(k)] ?? 0) + 1;
    });
  }
  return { counts, last };
}

const generatorOf = ({ nodes }: SpikingGraph) => {
  const node = nodes.find(({ name }) => name === "generator");
  if (node?.kind !== "IF") throw new Error("no generator");
  return node;
};

test("1,200 neurons; every one of a stage has 60 excitatory inputs, and an excitatory one 25 inhibitory", async () => {
  const rows = [...synapses(await synfire())];
  expect(rows).toHaveLength(80_000);
  const inputs = Array.from({ length: NEURONS }, () => ({ exc: 0, inh: 0 }));
  const stage = (neuron: number) => Math.floor((neuron - GENERATORS) / STAGE);
  const wrong = rows.filter(({ pre, post, weight, delaySteps }) => {
    const of = inputs[post] as { exc: number; inh: number };
    if (excitatory(pre)) of.exc += 1;
    else of.inh += 1;
    const onto = pre < GENERATORS ? 0 : (stage(pre) + (excitatory(pre) ? 1 : 0)) % STAGES;
    const [sign, delay] = excitatory(pre) ? [1, 19] : [-1, 3];
    return stage(post) !== onto || Math.sign(weight) !== sign || delaySteps !== delay;
  });
  expect(wrong).toEqual([]);
  inputs.forEach((of, k) => {
    if (k < GENERATORS) expect(of).toEqual({ exc: 0, inh: 0 });
    else expect(of).toEqual({ exc: 60, inh: excitatory(k) ? 25 : 0 });
  });
});

for (const build of ["simd", "mvp"] as const) {
  test(`${build}: the wave goes round for 3 s, spikes of each layer as in float64 within 2.5 %`, async () => {
    const graph = await synfire();
    const { counts, last } = await compiled(graph, build, MILLISECONDS);
    const expected = reference([...synapses(graph)], generatorOf(graph).vInitial as Float64Array);
    expected.forEach((spikes, layer) => {
      expect(spikes, `layer ${layer}`).toBeGreaterThan(1500);
      expect(Math.abs((counts[layer] ?? 0) / spikes - 1), `layer ${layer}`).toBeLessThan(0.025);
    });
    expect(last).toBeGreaterThan(MILLISECONDS - 25);
  });
}

test("without the generator nothing fires; after one volley of it the wave goes on by itself", async () => {
  const graph = await synfire();
  const withGenerator = (change: Partial<ReturnType<typeof generatorOf>>): SpikingGraph => ({
    ...graph,
    nodes: graph.nodes.map(
      (node): SpikingNode =>
        node.name === "generator" ? { ...generatorOf(graph), ...change } : node,
    ),
  });
  expect((await compiled(withGenerator({ current: 0 }), "simd", 500)).last).toBe(-1);
  // the second time the counter has too far to go
  const once = await compiled(withGenerator({ vReset: -1e4 }), "simd", 1000);
  expect(once.counts[0]).toBe(GENERATORS);
  expect(once.last).toBeGreaterThan(975);
});

test("other sizes are built in proportion, and too small ones are refused", async () => {
  for (const [query, total] of [
    ["?neurons=186", 186],
    ["?neurons=3000&chains=10", 3000],
    ["?dt=5e-4", 1200],
  ] as const) {
    const { nodes } = await synfire(query);
    const sizes = nodes.map((node) =>
      /^(generator|exc|inh)\d*$/.test(node.name) ? node.shape[0] : 0,
    );
    expect(sizes.reduce((n: number, size) => n + (size ?? 0), 0)).toBe(total);
    expect((await compiled(await synfire(query), "simd", 800)).last).toBeGreaterThan(700);
  }
  await expect(synfire("?neurons=100&chains=64")).rejects.toThrow("at least 648 for chains=64");
});
