/** Sums, rounding and errors of weights, matrix by matrix, with numbers small enough to be added by hand. */
import { describe, expect, test } from "vitest";
import type { SpikingGraph } from "../../../host/model/spiking-graph.ts";
import type { Matrix, Projection } from "../../../host/spiking/discrete-network.ts";
import { discretise } from "../../../host/spiking/discretise.ts";
import { quantise } from "../../../host/spiking/quantise.ts";
import {
  exponentOf,
  fanIn,
  largestWeight,
  lostWeights,
  roundWeights,
  WEIGHT_LIMIT,
  weightError,
} from "../../../host/spiking/quantise-weights.ts";

const projection = (matrix: Matrix, more: Partial<Projection> = {}): Projection => ({
  ...{ name: "p", source: 0, target: 1, receptor: 0, closesCycle: false, synapses: 1 },
  ...{ rule: null, matrix, ...more },
});

/** Two sources onto three targets. */
const DENSE: Matrix = { kind: "dense", weight: Float64Array.of(1, -2, 0, 4, 0.5, -8) };
const SPARSE: Matrix = {
  ...{ kind: "sparse", rowStart: Uint32Array.of(0, 2, 3), post: Uint32Array.of(0, 2, 2) },
  ...{ weight: Float64Array.of(1, -2, -4), delaySteps: null },
};
const ONE_TO_ONE: Matrix = { kind: "diagonal", weight: Float64Array.of(3, -1) };
/** [1, 1, 3] by a window of two: three inputs, two outputs. */
const CONV: Matrix = {
  ...{ kind: "conv", inputShape: [1, 1, 3], outputShape: [1, 1, 2], kernel: [1, 2] },
  ...{ stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 },
  weight: Float64Array.of(2, -1),
};

test("an exponent for the largest weight: as many units as the width has, and rounded not one more", () => {
  for (const [limit, least] of [
    [WEIGHT_LIMIT.i16, 0],
    [WEIGHT_LIMIT.i8, -40],
  ] as const) {
    expect(limit).toBe(least === 0 ? 2 ** 15 - 1 : 2 ** 7 - 1);
    for (const exponent of [0, 1, 17]) {
      const units = limit * 2 ** exponent;
      expect(exponentOf(units, limit, least)).toBe(exponent);
      expect(exponentOf(units * (1 + 0.49 / limit), limit, least)).toBe(exponent);
      expect(exponentOf(units * (1 + 0.51 / limit), limit, least)).toBe(exponent + 1);
    }
    expect(exponentOf(1e-30, limit, least)).toBe(least);
    expect(exponentOf(0, limit, least)).toBe(0);
  }
});

describe("what one step can bring to each target", () => {
  test.each<[string, Matrix, number, number, number[]]>([
    ["dense", DENSE, 2, 3, [5, 2.5, 8]],
    ["sparse", SPARSE, 2, 3, [1, 0, 6]],
    ["sparse, one weight", { ...SPARSE, weight: -3 } as Matrix, 2, 3, [3, 0, 6]],
    ["one to one", ONE_TO_ONE, 2, 2, [3, 1]],
    ["one to one, one weight", { kind: "diagonal", weight: -2 }, 2, 2, [2, 2]],
    ["a convolution", CONV, 3, 2, [3, 3]],
  ])("%s", (_, matrix, pre, post, sums) => {
    expect([...fanIn(projection(matrix), pre, post)]).toEqual(sums);
  });

  test("where it learns: as far as its rule lets each weight go", () => {
    const learning = projection(SPARSE, { rule: { kind: "perceptron", inputs: 2 } });
    const clip = 2 ** 29 - 1;
    expect([...fanIn(learning, 2, 3)]).toEqual([clip, 0, 2 * clip]);
    expect(largestWeight(learning)).toBe(clip);
  });

  test("the largest weight, of either sign", () => {
    expect(largestWeight(projection(DENSE))).toBe(8);
    expect(largestWeight(projection(ONE_TO_ONE))).toBe(3);
    expect(largestWeight(projection({ kind: "diagonal", weight: -2 }))).toBe(2);
  });
});

describe("stored weights", () => {
  test("the nearest, halves away from zero, in the width asked for", () => {
    const stored = roundWeights(DENSE, 1.25, 2, "i8");
    expect(stored).toEqual({ kind: "dense", weight: Int8Array.of(1, -3, 0, 5, 1, -10) });
    expect(roundWeights(DENSE, 1.25, 2, "i16").weight).toBeInstanceOf(Int16Array);
    expect(roundWeights(SPARSE, 0.5, 2, "i16")).toEqual({
      ...SPARSE,
      weight: Int16Array.of(1, -1, -2),
    });
    expect(roundWeights({ ...SPARSE, weight: 3 } as Matrix, 1, 2, "i16").weight).toEqual(
      Int16Array.of(3, 3, 3),
    );
    expect(roundWeights(CONV, 2, 3, "i16")).toEqual({ ...CONV, weight: Int16Array.of(4, -2) });
    expect(roundWeights(ONE_TO_ONE, 2, 2, "i16").weight).toEqual(Int16Array.of(6, -2));
    // one where all are equal
    const equal: Matrix = { kind: "diagonal", weight: Float64Array.of(3, 3) };
    expect(roundWeights(equal, 2, 2, "i16").weight).toEqual(Int16Array.of(6));
  });

  test("their largest error, over the largest weight", () => {
    const of = (weight: number[], stored: number[], scale: number) =>
      weightError(
        { kind: "dense", weight: Float64Array.from(weight) },
        { kind: "dense", weight: Int16Array.from(stored) },
        scale,
      );
    expect(of([1, -8, 2], [4, -32, 9], 4)).toBe(0.25 / 8);
    expect(of([1, -8, 2], [4, -32, 7], 4)).toBe(0.25 / 8);
    expect(of([1, 8, -2], [4, 32, -7], 4)).toBe(0.25 / 8);
    expect(of([1, -2], [4, -6], 4)).toBe(0.5 / 2);
    expect(of([1, -2], [4, -8], 4)).toBe(0);
    expect(of([0, 0], [0, 0], 4)).toBe(0);
    expect(of([0, 0.5], [0, 1], 2)).toBe(0);
  });

  test("those that became 0, among those that were not", () => {
    const of = (weight: number[], stored: number[]) =>
      lostWeights(
        { kind: "dense", weight: Float64Array.from(weight) },
        { kind: "dense", weight: Int16Array.from(stored) },
      );
    expect(of([1, -8, 2], [1, -8, 2])).toEqual({ weights: 3, roundToZero: 0 });
    expect(of([1, 0, -2, 0], [0, 0, -2, 0])).toEqual({ weights: 2, roundToZero: 1 });
    expect(of([0.1, -0.1, 3], [0, 0, 3])).toEqual({ weights: 3, roundToZero: 2 });
    expect(of([0], [0])).toEqual({ weights: 0, roundToZero: 0 });
  });
});

test("values that only a projection that learns reads keep the unit of any value: 2^−8", () => {
  const graph: SpikingGraph = {
    ...{ kind: "spiking", source: { name: "g", format: "net", sha256: "" }, labels: null },
    semantics: {
      ...{ dtSeconds: 1e-3, timeUnit: "s", discretisation: "exact", reset: "zero" },
      ...{ inputKind: "values", assumptions: [] },
    },
    nodes: [
      { kind: "Input", name: "in", shape: [3] },
      { kind: "Perceptron", name: "learner", shape: [1], inputSize: 3 },
      { kind: "Output", name: "out", shape: [1] },
    ],
    edges: [
      { source: 0, target: 1, receptor: 0 },
      { source: 1, target: 2, receptor: 0 },
    ],
  };
  const [input] = quantise(discretise(graph)).events;
  expect(input).toMatchObject({ kind: "input", scale: 2 ** -8 });
});
