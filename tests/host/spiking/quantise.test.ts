/** Formats and exponents: what fits, what is refused by name, and that reported errors hold. */
import { expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import type { SpikingGraph } from "../../../host/model/spiking-graph.ts";
import { discretise } from "../../../host/spiking/discretise.ts";
import type { Integers } from "../../../host/spiking/fixed-network.ts";
import { quantise } from "../../../host/spiking/quantise.ts";
import { decayError, decayOf } from "../../../host/spiking/quantise-numbers.ts";
import { openSpiking } from "../../support/spiking.ts";

/** Input → Linear → LIF → Output. */
function lif(weight: readonly number[], tau = 20e-3, threshold = 1): SpikingGraph {
  const edge = (source: number) => ({ source, target: source + 1, receptor: 0 });
  const fires = { vThreshold: threshold, vReset: 0, refractorySeconds: 0 };
  return {
    kind: "spiking",
    source: { name: "test", format: "graph", sha256: "" },
    semantics: {
      ...{ dtSeconds: 1e-4, timeUnit: "s", discretisation: "norse", reset: "zero" },
      ...{ inputKind: "spikes", assumptions: [] },
    },
    nodes: [
      { name: "in", kind: "Input", shape: [weight.length] },
      {
        ...{ name: "synapses", kind: "Linear", shape: [1], inputSize: weight.length },
        weight: Float64Array.from(weight),
      },
      {
        ...{ name: "cell", kind: "LIF", shape: [1], tau, r: 1, vLeak: 0, current: 0, vInitial: 0 },
        ...fires,
      },
      { name: "out", kind: "Output", shape: [1] },
    ],
    edges: [edge(0), edge(1), edge(2)],
    labels: null,
  };
}

function quantised(graph: SpikingGraph, weights: "i16" | "i8" = "i16") {
  const { projections, ...network } = quantise(discretise(graph), weights);
  return { ...network, projections: projections.flatMap((p) => (p.rule === null ? [p] : [])) };
}

function problemOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof TwentyWattError) return error.message;
    throw error;
  }
  return "none";
}

test("the sum of one step stays below 2^31 whatever the input: 255 on every line", () => {
  const weights = Array.from({ length: 300 }, (_, k) => (k % 7) - 3);
  const { projections, events } = quantised(lif(weights));
  const [p] = projections;
  const stored = Array.from(p?.matrix.weight ?? []);
  const most = stored.reduce((n, w) => n + Math.abs(w) * 2 ** (p?.exponent ?? 0) * 255, 0);
  expect(most).toBeLessThan(2 ** 31);
  expect(Math.max(...stored.map(Math.abs))).toBeGreaterThan(2 ** 13);
  expect(events).toHaveLength(2);
});

test("weights whose sums leave no room for the threshold are refused by the projection's name", () => {
  const message = problemOf(() => quantised(lif([1e9, 1])));
  expect(message).toMatch(/^MODEL_RANGE: projection synapses onto cell: /);
});

test("a weight that is no number, and a step longer than 2 tau", () => {
  expect(problemOf(() => quantised(lif([Number.NaN])))).toMatch(
    /^MODEL_RANGE: projection synapses/,
  );
  expect(problemOf(() => quantised(lif([1], 4e-5)))).toMatch(/^MODEL_RANGE: node cell/);
});

test("rounded weights: the reported error holds, and i8 is 256 times coarser", () => {
  const weights = [0.9, -0.331, 0.123456, 1e-3];
  for (const [type, most] of [
    ["i16", 2 ** -15],
    ["i8", 2 ** -7],
  ] as const) {
    const { projections, report } = quantised(lif(weights), type);
    const error = report.projections[0]?.weightError ?? 1;
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(most);
    const limit = type === "i8" ? 127 : 32767;
    for (const w of projections[0]?.matrix.weight ?? [])
      expect(Math.abs(w)).toBeLessThanOrEqual(limit);
  }
});

test("decay factors: mantissas that fit, errors that do not matter", () => {
  for (const kappa of [1e-9, 1e-4, 0.005, 0.04, 0.2489, 0.5, 0.9999, 1, 1.5, 1.9999]) {
    const { mantissa, shift } = decayOf(kappa);
    expect(mantissa as Integers).toBeLessThan(2 ** 31);
    expect(shift).toBeGreaterThanOrEqual(30);
    expect(decayError(kappa, { mantissa, shift })).toBeLessThan(kappa < 1e-6 ? 1e-6 : 2 ** -29);
    if (kappa >= 0.249) continue;
    const short = decayOf(kappa, 15);
    expect(short.mantissa as Integers).toBeLessThan(2 ** 15);
    expect(short.shift).toBeGreaterThanOrEqual(17);
    if (kappa > 1e-6) expect(decayError(kappa, short)).toBeLessThan(2 ** -14);
  }
});

test("a range that is proven never saturates, and the report says so", () => {
  const [population] = quantised(lif([0.01])).report.populations;
  expect(population?.neverSaturates).toBe(true);
  expect(population?.headroom).toBeGreaterThan(1);
  expect(population?.roundingPerStep).toBeLessThan(1e-6);
});

test("a Threshold whose sums can leave the format is not proven, and its module counts", async () => {
  const { nodes, ...graph } = lif(Array.from({ length: 40 }, () => 1));
  const threshold = { name: "cell", kind: "Threshold", shape: [1], threshold: 0.5 } as const;
  const network = { ...graph, nodes: nodes.with(2, threshold) };
  expect(quantised(network).report.populations[0]?.neverSaturates).toBe(false);
  // nothing is kept from step to step: sums that fit are all that there is
  const few = { ...lif([1 / 8]), nodes: lif([1 / 8]).nodes.with(2, threshold) };
  expect(quantised(few).report.populations[0]?.neverSaturates).toBe(true);
  const { session, step } = await openSpiking(network);
  expect(step(new Uint8Array(40).fill(255))[0]).toBe(1);
  expect(session.counters().saturations).toBe(1n);
});
