/** Statistics of the topologies, measured on the edges that inspect writes. */
import { describe, expect, test } from "vitest";
import type { SpikingGraph } from "../../../host/model/spiking-graph.ts";
import { lif, network, scaleFree, smallWorld } from "../../../host/network/index.ts";
import { synapses } from "../../../host/spiking/edges.ts";
import { dataTest, readData } from "../../support/data.ts";

const topology = (n: number, connect: ReturnType<typeof scaleFree>, seed = 1): SpikingGraph => {
  const net = network({ name: "topology", seed });
  const all = net.population("neurons", n, lif({ tau: 0.02, vThreshold: 1 }));
  net.project(all, all, { connect });
  net.output("spikes", all);
  return net.graph();
};

function neighbours(graph: SpikingGraph, n: number): Set<number>[] {
  const known = Array.from({ length: n }, () => new Set<number>());
  let count = 0;
  let loops = 0;
  for (const { pre, post } of synapses(graph)) {
    if (pre === post) loops += 1;
    known[pre]?.add(post);
    count += 1;
  }
  expect(loops).toBe(0);
  // no synapse twice, and every edge in both directions
  expect(known.reduce((sum, { size }) => sum + size, 0)).toBe(count);
  expect(known.every((row, i) => [...row].every((j) => known[j]?.has(i)))).toBe(true);
  return known;
}

function clustering(known: readonly Set<number>[]): number {
  const each = known.map((row) => {
    const list = [...row];
    const links = list.flatMap((a, k) => list.slice(k + 1).filter((b) => known[a]?.has(b))).length;
    return list.length < 2 ? 0 : (2 * links) / (list.length * (list.length - 1));
  });
  return each.reduce((a, b) => a + b, 0) / each.length;
}

/** Mean distance from `sources` neurons to all others, breadth first. */
function pathLength(known: readonly Set<number>[], sources: number): number {
  const n = known.length;
  let sum = 0;
  for (let s = 0; s < sources; s++) {
    const start = Math.floor((s * n) / sources);
    const distance = new Int32Array(n).fill(-1);
    distance[start] = 0;
    const queue = [start];
    for (const i of queue) {
      for (const j of known[i] ?? []) {
        if (distance[j] !== -1) continue;
        distance[j] = (distance[i] ?? 0) + 1;
        queue.push(j);
      }
    }
    expect(queue).toHaveLength(n);
    sum += distance.reduce((a, b) => a + b, 0);
  }
  return sum / (sources * (n - 1));
}

describe("small world, n = 1000, k = 10", () => {
  const measure = (p: number, seed: number) => {
    const known = neighbours(topology(1000, smallWorld(10, p), seed), 1000);
    expect(known.reduce((sum, { size }) => sum + size, 0)).toBe(10_000);
    return { c: clustering(known), l: pathLength(known, 100), known };
  };

  test("p = 0 is the lattice: C = 3(k − 2) / 4(k − 1), L = 50.4505", () => {
    const { c, l, known } = measure(0, 1);
    expect(c).toBeCloseTo(2 / 3, 12);
    expect(l).toBeCloseTo(50_400.05 / 999, 1);
    expect([...(known[0] ?? [])].sort((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 995, 996, 997, 998, 999,
    ]);
  });

  for (const p of [0.01, 0.1, 1])
    dataTest(`p = ${p}: C and L of the oracle`, () => {
      const oracle = JSON.parse(
        new TextDecoder().decode(readData("oracles/oracles_dynamics_topology.json")),
      ).watts_strogatz_n1000_k10[p === 1 ? "p1.0" : `p${p}`];
      const graphs = [1, 2, 3, 4, 5].map((seed) => measure(p, seed));
      const mean = (f: (g: (typeof graphs)[number]) => number) =>
        graphs.reduce((sum, g) => sum + f(g), 0) / graphs.length;
      // the spread over seeds: a few edges of thousands for C, their luck for L
      expect(Math.abs(mean(({ c }) => c) - oracle.C)).toBeLessThan(0.006);
      expect(Math.abs(mean(({ l }) => l) / oracle.L - 1)).toBeLessThan(p === 0.01 ? 0.06 : 0.01);
    });
});

describe("scale-free, n = 5000, m = 3", () => {
  const degrees = (seed: number) =>
    neighbours(topology(5000, scaleFree(3), seed), 5000).map(({ size }) => size);

  test("P(k) = 2m(m + 1) / (k(k + 1)(k + 2)), mean degree 5.998, exponent of the oracle", () => {
    const graphs = [1, 2, 3, 4].map(degrees);
    const all = graphs.flat();
    for (const k of [3, 4, 5, 6, 10]) {
      const expected = 24 / (k * (k + 1) * (k + 2));
      const found = all.filter((d) => d === k).length / all.length;
      // four standard deviations of a share of 20,000
      const spread = 4 * Math.sqrt((expected * (1 - expected)) / all.length);
      expect(Math.abs(found - expected)).toBeLessThan(spread);
    }
    expect(Math.min(...all)).toBe(3);
    for (const graph of graphs) {
      const mean = graph.reduce((a, b) => a + b, 0) / graph.length;
      expect(mean).toBeCloseTo(5.998, 3);
      const tail = graph.filter((d) => d >= 6);
      const gamma = 1 + tail.length / tail.reduce((sum, d) => sum + Math.log(d / 5.5), 0);
      expect(gamma).toBeGreaterThan(2.65);
      expect(gamma).toBeLessThan(2.9);
      expect(Math.max(...graph)).toBeGreaterThan(120);
    }
  });
});
