/** Sums that fit for fewer spikes of an input: the remedy says how many, to the last of them. */
import { expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import type { SpikingGraph, SynapseNode } from "../../../host/model/spiking-graph.ts";
import { layer, lif, quantised } from "../../support/one-layer.ts";

/** Of one threshold 8 bits are left where count · |w| · 2^8 stays below what arrives at most: 2^30 less its fiftieth. */
const MOST = (0.98 * 2 ** 30) / 2 ** 8;

function remedyOf(graph: SpikingGraph): string | null {
  try {
    quantised(graph);
    return null;
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.problems[0]?.remedy ?? "";
  }
}

/** With weights onto the same neuron from inputs of their own, which declare these counts. */
function graph(weights: readonly number[], counts: readonly (number | undefined)[]): SpikingGraph {
  const one = layer({ cells: lif(), weights: [weights[0] ?? 0] });
  const [input, synapses, cells, out] = one.nodes;
  if (input?.kind !== "Input" || synapses?.kind !== "Linear" || !cells || !out) {
    throw new Error("a layer");
  }
  const declared = (k: number) => (counts[k] === undefined ? {} : { maxCount: counts[k] });
  const inputs = weights.map((_, k) => ({ ...input, name: `in${k}`, ...declared(k) }));
  const between = weights.map(
    (w, k): SynapseNode => ({ ...synapses, name: `w${k}`, weight: Float64Array.of(w) }),
  );
  const n = weights.length;
  const edge = (source: number, target: number) => ({ source, target, receptor: 0 });
  return {
    ...one,
    nodes: [...inputs, ...between, cells, out],
    edges: [
      ...weights.flatMap((_, k) => [edge(k, n + k), edge(n + k, 2 * n)]),
      edge(2 * n, 2 * n + 1),
    ],
  };
}

const says = (most: number, low: number) =>
  `as an input may bring ${most} spikes of an element in one step, declare that it brings at most ${low}: --max-count ${low}, maxCount in code.`;

test.each([1, 2, 3, 4, 5, 31, 126, 127, 128, 253, 254])("of 255 at most %i", (low) => {
  expect(remedyOf(graph([MOST / (low + 0.5)], [undefined]))).toContain(says(255, low));
});

test("all of them, and none", () => {
  expect(remedyOf(graph([MOST / 255.5], [undefined]))).toBeNull();
  expect(remedyOf(graph([MOST / 0.9], [undefined]))).not.toContain("--max-count");
});

test("what an input declares itself is no more than that", () => {
  expect(remedyOf(graph([MOST / 7.5], [9]))).toContain(says(9, 7));
  expect(remedyOf(graph([MOST / 7.5], [8]))).toContain(says(8, 7));
  expect(remedyOf(graph([MOST / 7.5], [7]))).toBeNull();
  // 2 of the first, and as many of the second as are left
  expect(remedyOf(graph([MOST / 20.5, MOST / 20.5], [2, 255]))).toContain(says(255, 18));
  expect(remedyOf(graph([MOST / 20.5, MOST / 20.5], [255, 2]))).toContain(says(255, 18));
});
