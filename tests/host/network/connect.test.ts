/** Rules of connection against their definitions. */
import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import {
  allToAll,
  type Connect,
  inDegree,
  lif,
  list,
  network,
  oneToOne,
  type Projecting,
  probability,
} from "../../../host/network/index.ts";
import { synapses } from "../../../host/spiking/edges.ts";

const neuron = lif({ tau: 0.02, vThreshold: 1 });

/** Edges within one population of n. */
function within(n: number, connect: Connect, more: Partial<Projecting> = {}, seed = 3) {
  const net = network({ name: "within", seed });
  const all = net.population("neurons", n, neuron);
  net.project(all, all, { connect, ...more });
  net.output("spikes", all);
  return [...synapses(net.graph())];
}

/** Edges from neurons 2 … 4 to 5 … 9 of two populations of ten; the second's neurons are 10 … 19. */
function between(connect: Connect, more: Partial<Projecting> = {}) {
  const net = network({ name: "between", seed: 3 });
  const a = net.population("a", 10, neuron);
  const b = net.population("b", 10, neuron);
  net.project(a.part("some", 2, 5), b.part("others", 5, 10), { connect, ...more });
  net.output("spikes", b);
  return [...synapses(net.graph())];
}

const pairs = (edges: ReturnType<typeof within>) => edges.map(({ pre, post }) => [pre, post]);

describe("all to all", () => {
  test("every pair but the neuron itself, unless asked for", () => {
    expect(pairs(within(3, allToAll()))).toEqual([
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 2],
      [2, 0],
      [2, 1],
    ]);
    expect(within(3, allToAll({ self: true }))).toHaveLength(9);
  });

  test("weights drawn source after source, dense and sparse alike", () => {
    const weight = { kind: "uniform", low: 0, high: 1 } as const;
    const random = mulberry32(3);
    const expected = Array.from({ length: 9 }, () => random());
    expect(within(3, allToAll({ self: true }), { weight }).map((e) => e.weight)).toEqual(expected);
    const sparse = within(3, allToAll(), { weight });
    expect(sparse.map((e) => e.weight)).toEqual(expected.slice(0, 6));
  });

  test("parts of populations", () => {
    const edges = pairs(between(allToAll()));
    expect(edges).toHaveLength(15);
    expect(edges[0]).toEqual([2, 15]);
    expect(edges.at(-1)).toEqual([4, 19]);
  });
});

test("one to one, whole and in parts", () => {
  expect(pairs(within(3, oneToOne()))).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
  const net = network({ name: "parts" });
  const all = net.population("neurons", 6, neuron);
  net.project(all.part("first", 0, 3), all.part("last", 3, 6), {
    connect: oneToOne(),
    weight: [1, 2, 3],
  });
  net.output("spikes", all);
  expect([...synapses(net.graph())]).toEqual([
    { pre: 0, post: 3, weight: 1, delaySteps: 0 },
    { pre: 1, post: 4, weight: 2, delaySteps: 0 },
    { pre: 2, post: 5, weight: 3, delaySteps: 0 },
  ]);
});

describe("probability", () => {
  test("small: one number for each pair, in order", () => {
    const random = mulberry32(3);
    const expected: number[][] = [];
    for (let i = 0; i < 50; i++) {
      for (let j = 0; j < 50; j++) if (i !== j && random() < 0.3) expected.push([i, j]);
    }
    expect(pairs(within(50, probability(0.3)))).toEqual(expected);
  });

  test("large: the gaps have the distribution of single trials", () => {
    const n = 20_000; // 4 · 10^8 pairs: beyond what is tried one by one
    const p = 5e-4;
    const net = network({ name: "large", seed: 9 });
    const all = net.population("neurons", n, neuron);
    net.project(all, all, { connect: probability(p) });
    net.output("spikes", all);
    const [, node] = net.graph().nodes;
    if (node?.kind !== "Sparse") throw new Error("no rows");
    const { rowStart, post } = node;
    const mean = p * n * (n - 1);
    expect(Math.abs(post.length - mean)).toBeLessThan(4 * Math.sqrt(mean));
    const inside = new Uint32Array(n);
    let variance = 0;
    for (let i = 0; i < n; i++) {
      const row = post.subarray(rowStart[i], rowStart[i + 1]);
      row.forEach((j, k) => {
        if (j === i || (k > 0 && j <= (row[k - 1] ?? 0))) throw new Error(`row ${i} at ${k}`);
        inside[j] = (inside[j] ?? 0) + 1;
      });
      variance += (row.length - mean / n) ** 2 / n;
    }
    // binomial with mean 10: rows out and columns in
    expect(variance).toBeGreaterThan(9.5);
    expect(variance).toBeLessThan(10.5);
    const columns = inside.reduce((sum, d) => sum + (d - mean / n) ** 2 / n, 0);
    expect(columns).toBeGreaterThan(9.5);
    expect(columns).toBeLessThan(10.5);
  });

  test("0 and 1", () => {
    expect(within(20, probability(0))).toEqual([]);
    expect(within(20, probability(1))).toHaveLength(20 * 19);
  });
});

describe("fixed in-degree", () => {
  test.each([0, 1, 7, 28, 29])("every neuron hears %i others", (k) => {
    const edges = within(30, inDegree(k));
    for (let j = 0; j < 30; j++) {
      const sources = edges.filter(({ post }) => post === j).map(({ pre }) => pre);
      expect(new Set(sources).size).toBe(k);
      expect(sources).toHaveLength(k);
      expect(sources).not.toContain(j);
    }
  });

  test("every source is as likely as any other", () => {
    const edges = within(2000, inDegree(10));
    const out = new Float64Array(2000);
    for (const { pre } of edges) out[pre] = (out[pre] ?? 0) + 1;
    const variance = out.reduce((sum, d) => sum + (d - 10) ** 2, 0) / 2000;
    expect(variance).toBeGreaterThan(8.7);
    expect(variance).toBeLessThan(11.3);
  });

  test("between parts nobody is left out", () => {
    expect(between(inDegree(3))).toHaveLength(15);
  });
});

test("lists keep their weights and delays by place, whatever the order of the rows", () => {
  const edges = within(4, list([3, 0, 3, 1], [0, 1, 2, 1]), {
    weight: [30, 1, 32, 11],
    delay: [3e-4, 1e-4, 2e-4, 5e-4],
  });
  expect(edges).toEqual([
    { pre: 0, post: 1, weight: 1, delaySteps: 1 },
    { pre: 1, post: 1, weight: 11, delaySteps: 5 },
    { pre: 3, post: 0, weight: 30, delaySteps: 3 },
    { pre: 3, post: 2, weight: 32, delaySteps: 2 },
  ]);
});
