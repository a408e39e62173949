/** What rounding costs an Izhikevich neuron: the report against one step of the compiled kernel and the same in float64. */
import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import type { NeuronNode } from "../../../host/model/spiking-graph.ts";
import { layer, quantised } from "../../support/one-layer.ts";
import { openSpiking } from "../../support/spiking.ts";

const N = 4000;
const THRESHOLD = 30;
const random = mulberry32(5);

/** Numbers that any of the formats holds without an error: of 2^-10, as parameters of powers of two keep them. */
const start = Float64Array.from(
  { length: N },
  () => Math.round((random() * 120 - 90) * 1024) / 1024,
);

const cells = (changes: Partial<Extract<NeuronNode, { kind: "Izhikevich" }>> = {}): NeuronNode => ({
  ...{ name: "cells", kind: "Izhikevich", shape: [N], a: 2 ** -6, b: 0.25, c: -65, d: 8 },
  ...{ current: 3, vInitial: start, ...changes },
});

/** @param seconds of a step, with a whole multiple of 2^-26 ms */
const graphOf = (seconds: number, weight: number, node = cells()) =>
  layer({ cells: node, weights: [weight], semantics: { dtSeconds: seconds } });

/** v after one step from v, u = v / 4; null where it fires on the way: then its size is of no matter. */
function exact(v: number, dt: number): number | null {
  const rise = (x: number) => 0.04 * x * x + 5 * x + 140 - v / 4 + 3;
  if (dt < 0.5) {
    const x = v + dt * rise(v);
    return x < THRESHOLD ? x : null;
  }
  const half = v + (dt / 2) * rise(v);
  return v < THRESHOLD && half < THRESHOLD ? half + (dt / 2) * rise(half) : null;
}

describe.each([
  [2 ** -13, 2 ** -10, 21],
  [2 ** -13, 15, 18],
  [2 ** -10, 2 ** -10, 21],
  [2 ** -10, 15, 18],
])("steps of %f s, weights of %f: %i bits", (seconds, weight, bits) => {
  const graph = graphOf(seconds, weight);
  const [report] = quantised(graph).report.populations;

  test("one step is off by what the report says at most, and by a quarter of it somewhere", async () => {
    const { step, read } = await openSpiking(graph, { selfTest: false });
    expect(report?.fractionBits).toBe(bits);
    const most = report?.roundingPerStep ?? 0;
    step([0]);
    const errors = read("cells.v").flatMap((v, k) => {
      const expected = exact(start[k] ?? 0, seconds * 1000);
      return expected === null ? [] : [Math.abs(v - expected)];
    });
    expect(errors.length).toBeGreaterThan(N / 4);
    expect(Math.max(...errors)).toBeLessThanOrEqual(most);
    expect(Math.max(...errors)).toBeGreaterThan(most / 4);
  });

  test("coefficients that are whole units have no error", () => {
    expect(report?.decayError).toBe(0);
  });
});

test("the error of a · dt and of dt, whichever is the larger", () => {
  const errorOf = (seconds: number, a: number) =>
    quantised(graphOf(seconds, 1, cells({ a }))).report.populations[0]?.decayError;
  const relative = (x: number, unit: number) => Math.abs((Math.round(x / unit) * unit) / x - 1);
  // 0.1 ms in units of 2^-26, a · dt in units of 2^-30
  for (const a of [0.02, 0.1, 1e-4, -3e-5]) {
    const expected = Math.max(relative(0.1, 2 ** -26), relative(a * 0.1, 2 ** -30));
    expect(errorOf(1e-4, a)).toBeCloseTo(expected, 14);
  }
  // half of 0.7 ms where there are two half steps
  const expected = Math.max(relative(0.35, 2 ** -26), relative(2 ** -6 * 0.7, 2 ** -30));
  expect(errorOf(7e-4, 2 ** -6)).toBeCloseTo(expected, 14);
});
