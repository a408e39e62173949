/**
 * Fraction bits by hand. A format has 22 bits for the largest of threshold, reset, rest and start, and 14 for the largest
 * weight; up to 26 where the range of v is proven; fewer where a sum or a parameter would not fit.
 */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import type { SpikingGraph, SynapseNode } from "../../../host/model/spiking-graph.ts";
import { discretise } from "../../../host/spiking/discretise.ts";
import {
  bitsOf,
  cubaLif,
  KAPPA,
  layer,
  li,
  lif,
  quantised,
  receptor,
} from "../../support/one-layer.ts";

const bits = (weight: number, changes: Parameters<typeof lif>[1] = {}): number | undefined =>
  bitsOf(layer({ cells: lif(1, changes), weights: [weight] }));

test("weights pass into the potential as they are, and κ is what it should be", () => {
  const { projections, events } = discretise(layer({ cells: lif(), weights: [3, -0.5] }));
  expect(projections[0]?.matrix.weight).toEqual(Float64Array.of(3, -0.5));
  const [, cells] = events;
  expect(cells).toMatchObject({ population: { kappaV: KAPPA } });
});

// counts are up to 255; v stays below 255 · |w| / κ = 2^14 · |w|, a little less
test.each([
  // 2^29 / v, at most 26 for a threshold of 1
  [-30, 27], // 14 bits for the weight want 44; the threshold may have 27
  [-13, 27],
  [-12, 26],
  [-11, 26],
  [-10, 25],
  [-9, 24],
  [-8, 23],
  // 22 for the threshold
  [-7, 22],
  [-6, 22],
  [-1, 22],
  // what arrives in one step stays below 2^30: 255 · |w| · 2^bits
  [0, 21],
  [1, 20],
  [10, 11],
  [13, 8],
])("a weight of 2^%i onto a threshold of 1: %i bits", (exponent, expected) => {
  expect(bits(2 ** exponent)).toBe(expected);
  expect(bits(-(2 ** exponent))).toBe(expected);
});

// a weight that counts for nothing but 14 bits: the parameters decide
describe("the largest of the parameters", () => {
  test.each<[string, Parameters<typeof lif>[1], number]>([
    ["threshold 4: 27 − 2", { vThreshold: 4 }, 25],
    ["threshold 3", { vThreshold: 3 }, 25],
    ["threshold 5", { vThreshold: 5 }, 24],
    ["reset −4: 28 − 2", { vReset: -4 }, 26],
    ["reset −5", { vReset: -5 }, 25],
    ["start 8: 2^29 − 1 over 8", { vInitial: 8 }, 25],
    ["start −7", { vInitial: -7 }, 26],
    ["start 4", { vInitial: 4 }, 26],
    // vLeak adds κ · vLeak in every step
    ["a constant of 4: 28 − 2", { vLeak: 4 / KAPPA }, 26],
    ["a constant of 5", { vLeak: -5 / KAPPA }, 25],
    ["each neuron its own: the largest", { vThreshold: Float64Array.of(1, 4, 2) }, 25],
  ])("%s", (_, changes, expected) => {
    expect(bitsOf(layer({ cells: lif(3, changes), weights: [2 ** -40] }))).toBe(expected);
  });

  test("each neuron has its own, in units of the format", () => {
    const cells = lif(3, { vThreshold: Float64Array.of(1, 4, 2.5) });
    const [, event] = quantised(layer({ cells, weights: [2 ** -40] })).events;
    expect(event).toMatchObject({
      population: { threshold: Int32Array.of(2 ** 25, 2 ** 27, 2.5 * 2 ** 25) },
    });
  });
});

describe("22 bits for the largest of threshold, reset, rest and start", () => {
  // a weight of 1/8 per unit: 14 bits want less, and 2^29 over 2^14 · 1/8 is less
  test.each<[string, Parameters<typeof lif>[1], number]>([
    ["threshold 1", {}, 22],
    ["threshold 1.01", { vThreshold: 1.01 }, 22],
    ["threshold 2", { vThreshold: 2 }, 21],
    ["threshold 1/2", { vThreshold: 0.5 }, 23],
    ["reset −2", { vReset: -2 }, 21],
    ["start −4", { vInitial: -4 }, 20],
    ["rest 8", { vLeak: 8 }, 19],
    ["rest −8", { vLeak: -8 }, 19],
  ])("%s", (_, changes, expected) => {
    expect(bits(1 / 8, changes)).toBe(expected);
  });

  test("14 for the largest weight, where that is more", () => {
    // integrators have no threshold and no proof
    const endless = { tau: 2 ** 30, r: 2 ** 40 };
    const graph = (weights: number[]) => layer({ cells: li(1, endless), weights });
    const real = discretise(graph([1])).projections[0]?.matrix.weight as Float64Array;
    expect(real[0]).toBe(1);
    expect(bitsOf(graph([1 / 4]))).toBe(16);
    expect(bitsOf(graph([-1 / 4, 1 / 16]))).toBe(16);
    expect(bitsOf(graph([0.3]))).toBe(16);
    expect(bitsOf(graph([0.2]))).toBe(17);
    expect(bitsOf(graph([0]))).toBe(16);
  });
});

test("what arrives in one step: the sum of all weights and all projections onto one neuron", () => {
  // 255 · Σ|w| · 2^bits below 2^30
  const onto = (...weights: number[]) => bitsOf(layer({ cells: lif(), weights }));
  expect(onto(1 / 2, -1 / 2)).toBe(21);
  expect(onto(1 / 2, -1 / 2, 1 / 8)).toBe(21);
  expect(onto(...new Array(8).fill(1 / 8))).toBe(21);
  expect(onto(...new Array(33).fill(1 / 8))).toBe(19);
  // 2^30 · 0.98 / 255 is 2^21.977: a thirtieth above 2^-1 takes a bit
  expect(onto(0.98)).toBe(22);
  expect(onto(0.99)).toBe(21);
});

describe("synaptic currents", () => {
  // both decay by half: s stays below 2 · 255 · |w|, v below twice that, 2^10 · |w|
  const HALF = 2 ** -9;
  const quick = (...names: readonly string[]) =>
    cubaLif(1, { tauMem: HALF, r: 2, receptors: names.map((name) => receptor(name, HALF)) });

  test.each([
    // 14 bits for the weight
    [-16, 27],
    [-13, 27],
    // 26 for the threshold
    [-12, 26],
    [-7, 26],
    // 2^29 / v
    [-6, 25],
    [-4, 23],
    [-3, 22],
    [-2, 22],
    [0, 21],
  ])("a weight of 2^%i: %i bits", (exponent, expected) => {
    const graph = layer({ cells: quick("exc"), weights: [2 ** exponent] });
    const { events, projections } = discretise(graph);
    expect(projections[0]?.matrix.weight).toEqual(Float64Array.of(2 ** exponent));
    expect(events[1]).toMatchObject({ population: { kappaV: 0.5, receptors: [{ kappa: 0.5 }] } });
    expect(bitsOf(graph)).toBe(expected);
  });

  test("two of them share what there is", () => {
    const graph = (weight: number): SpikingGraph => {
      const one = layer({ cells: quick("exc", "inh"), weights: [weight] });
      const others = { ...(one.nodes[1] as SynapseNode), name: "others" };
      const edges = [
        { source: 0, target: 4, receptor: 0 },
        { source: 4, target: 2, receptor: 1 },
      ];
      return { ...one, nodes: [...one.nodes, others], edges: [...one.edges, ...edges] };
    };
    // v stays below 2^11 · |w|
    expect(bitsOf(graph(2 ** -5))).toBe(23);
    expect(quantised(graph(2 ** -5)).report.projections).toHaveLength(2);
    // what arrives at each of them counts for itself
    expect(bitsOf(graph(1))).toBe(21);
  });

  test("a slow one keeps what arrives, a fast one overshoots", () => {
    const graph = (tauMem: number, tauSyn: number) => {
      const r = tauMem / 2 ** -10;
      const cells = cubaLif(1, { tauMem, r, receptors: [receptor("exc", tauSyn)] });
      return layer({ cells, weights: [2 ** -6] });
    };
    expect(bitsOf(graph(HALF, HALF))).toBe(25);
    expect(bitsOf(graph(2 ** -8, HALF))).toBe(24);
    expect(bitsOf(graph(HALF, 2 ** -8))).toBe(24);
    // κ = 7/4: what is over decays as slowly as with 1/4
    expect(bitsOf(graph(2 ** -8 / 7, HALF))).toBe(24);
    expect(bitsOf(graph(HALF, 2 ** -8 / 7))).toBe(24);
  });

  test("one that keeps all takes nothing where nothing arrives", () => {
    const endless = { name: "endless", tauSyn: Number.POSITIVE_INFINITY, wIn: 1 };
    const cells = { ...quick("exc"), receptors: [receptor("exc", HALF), endless] };
    const graph = layer({ cells, weights: [2 ** -6] });
    expect(discretise(graph).events[1]).toMatchObject({
      population: { receptors: [{ kappa: 0.5 }, { kappa: 0 }] },
    });
    expect(bitsOf(graph)).toBe(25);
  });
});

describe("what sources give", () => {
  const window = (kernel: [number, number]): SynapseNode => ({
    ...{ name: "pool", kind: "SumPool2d", shape: [1, 1, 1], inputShape: [1, 4, 4] },
    ...{ kernel, stride: [4, 4], padding: [0, 0] },
  });
  /** Input [1, 4, 4] → SumPool2d → Flatten → Linear → LIF */
  function pooled(kernel: [number, number], weight: number): SpikingGraph {
    const edge = (source: number) => ({ source, target: source + 1, receptor: 0 });
    const { nodes, ...rest } = layer({ cells: lif(), weights: [weight] });
    const [, synapses, cells, out] = nodes;
    if (!synapses || !cells || !out) throw new Error("four nodes");
    return {
      ...rest,
      nodes: [
        { name: "in", kind: "Input", shape: [1, 4, 4] },
        window(kernel),
        { name: "flat", kind: "Flatten", shape: [1] },
        ...[synapses, cells, out],
      ],
      edges: [0, 1, 2, 3, 4].map(edge),
    };
  }

  test("a pool: as many counts as its window holds inputs", () => {
    // 255 · 16 · |w| · 2^bits below 2^30
    expect(bitsOf(pooled([4, 4], 1 / 16))).toBe(21);
    expect(bitsOf(pooled([4, 4], 1 / 32))).toBe(22);
    expect(bitsOf(pooled([2, 4], 1 / 8))).toBe(21);
    expect(bitsOf(pooled([4, 2], 1 / 8))).toBe(21);
    expect(bitsOf(pooled([1, 1], 1))).toBe(21);
  });

  test("a delay: what its source gives; a neuron: 1", () => {
    const graph = layer({ cells: lif(), weights: [1] });
    const [input, synapses, cells, out] = graph.nodes;
    if (!input || !synapses || !cells || !out) throw new Error("four nodes");
    const edge = (source: number) => ({ source, target: source + 1, receptor: 0 });
    const late: SpikingGraph = {
      ...graph,
      nodes: [
        ...[input, { name: "late", kind: "Delay", shape: [1], delaySeconds: 2 ** -8 } as const],
        ...[synapses, cells, out],
      ],
      edges: [0, 1, 2, 3].map(edge),
    };
    expect(bitsOf(late)).toBe(21);
    const twice: SpikingGraph = {
      ...graph,
      nodes: [
        ...[input, synapses, { ...cells, name: "first" } as typeof cells],
        ...[{ ...synapses, name: "more" } as typeof synapses, cells, out],
      ],
      edges: [0, 1, 2, 3, 4].map(edge),
    };
    // 2^6 · |w| is all that v reaches
    expect([bitsOf(twice, 0), bitsOf(twice, 1)]).toEqual([21, 22]);
  });

  test("values: 32768 units of a power of two, 64 times what drives a target to its threshold", () => {
    const values = (weight: number, changes: Parameters<typeof lif>[1] = {}) => {
      const graph = layer({
        cells: lif(1, changes),
        weights: [weight],
        semantics: { inputKind: "values" },
      });
      const [input] = quantised(graph).events;
      return input?.kind === "input" ? input.scale : null;
    };
    // 64 · θ · κ / |w| is 1
    expect(values(1)).toBe(2 ** -15);
    expect(values(2)).toBe(2 ** -16);
    expect(values(-1 / 4)).toBe(2 ** -13);
    expect(values(3)).toBe(2 ** -16);
    expect(values(5)).toBe(2 ** -17);
    expect(values(1, { vThreshold: 4 })).toBe(2 ** -13);
    expect(values(1, { vThreshold: 4.5 })).toBe(2 ** -12);
    expect(values(0)).toBe(2 ** -8);
    const cuba = layer({ cells: cubaLif(), weights: [1], semantics: { inputKind: "values" } });
    // its current lasts 2^4 times as long
    expect(quantised(cuba).events[0]).toMatchObject({ scale: 2 ** -19 });
    const counts = layer({ cells: lif(), weights: [1] });
    expect(quantised(counts).events[0]).toMatchObject({ scale: 1 });
  });

  test("value outputs: as far as their numbers go, so that they push what reads them", () => {
    // LI, whose |v| may be 2^29 units, → Linear → LIF
    const graph = (first: number, second: number): SpikingGraph => {
      const one = layer({ cells: li(1, { name: "values" } as never), weights: [first] });
      const [input, synapses, values] = one.nodes;
      const [, more, cells, out] = layer({ cells: lif(), weights: [second] }).nodes;
      if (!input || !synapses || !values || !more || !cells || !out) throw new Error("six nodes");
      const edge = (source: number) => ({ source, target: source + 1, receptor: 0 });
      const nodes = [input, synapses, values, { ...more, name: "more" } as typeof more, cells, out];
      return { ...one, nodes, edges: [0, 1, 2, 3, 4].map(edge) };
    };
    // 14 bits for the weight are 18, and no threshold asks for more; values reach 2^11, times 2^−8 are 8: 2^29.97 / 8
    const bits = [0, 1].map((k) => bitsOf(graph(2 ** -4, 2 ** -8), k));
    expect(bits).toEqual([18, 22]);
    expect([0, 1].map((k) => bitsOf(graph(2 ** -4, 1), k))).toEqual([18, 18]);
    const projections = quantised(graph(2 ** -4, 2 ** -8)).projections.flatMap((one) =>
      "exponent" in one ? [one] : [],
    );
    expect(projections.map(({ graded }) => graded)).toEqual([false, true]);
    // values are in units of 2^−18: w · 2^(22 − 18) is 2^−4, and 2^14 the largest of its powers in 15 bits
    const [, second] = projections;
    expect(second?.exponent).toBe(-18);
    expect([...(second?.matrix.weight ?? [])]).toEqual([2 ** 14]);
  });
});

describe("what does not fit is refused, by the name of what is largest", () => {
  const problemsOf = (graph: SpikingGraph): readonly string[] => {
    try {
      quantised(graph);
      return [];
    } catch (error) {
      if (!(error instanceof TwentyWattError)) throw error;
      return error.problems.map(({ where, got, expected }) => `${where}: ${got}, ${expected}`);
    }
  };
  const bad = (weight: number, changes: Parameters<typeof lif>[1] = {}) =>
    problemsOf(layer({ cells: lif(1, changes), weights: [weight] }));

  test("sums: 8 bits are left for the threshold, or none", () => {
    expect(bad(2 ** 13)).toEqual([]);
    const sums = "sums that fit 31 bits in a format that still resolves the threshold";
    expect(bad(2 ** 14)).toEqual([
      `projection synapses onto cells: a sum of up to 4.18e+6 in one step, where the threshold and the like are 1.00, ${sums}`,
    ]);
    // a larger threshold needs fewer bits of fraction
    expect(bad(2 ** 14, { vThreshold: 2 })).toEqual([]);
    expect(bad(2 ** 15, { vThreshold: 2 })).toHaveLength(1);
  });

  test("constants: the neuron's own name where nothing projects onto it", () => {
    const alone = layer({ cells: lif(1, { vLeak: 2 ** 27, vThreshold: 2 ** -30 }), weights: [1] });
    expect(problemsOf(alone)).toEqual([]);
  });

  test("weights that are no numbers, each projection of them", () => {
    expect(bad(Number.POSITIVE_INFINITY)).toEqual([
      "projection synapses: a weight that is no number, numbers",
    ]);
    expect(bad(Number.NaN)).toHaveLength(1);
  });

  test("steps that overshoot", () => {
    const limit = "less than 2: the explicit step is unstable beyond";
    const tau = (x: number) => bad(2 ** -8, { tau: x });
    expect(tau(2 ** -11)).toEqual([`node cells: dt / tau = 2, ${limit}`]);
    expect(tau(2 ** -11 + 2 ** -20)).toEqual([]);
    const cuba = (tauSyn: number) =>
      problemsOf(
        layer({
          cells: cubaLif(1, { receptors: [receptor("exc", tauSyn)] }),
          weights: [2 ** -8],
        }),
      );
    expect(cuba(2 ** -11)).toEqual([`node cells: dt / tau of exc = 2, ${limit}`]);
    expect(cuba(2 ** -11 + 2 ** -20)).toEqual([]);
    const some = lif(3, { tau: Float64Array.of(1, 2 ** -12, 1) });
    expect(problemsOf(layer({ cells: some, weights: [2 ** -8] }))).toEqual([
      `node cells: dt / tau = 4, ${limit}`,
    ]);
  });
});
