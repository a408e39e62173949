/** Threshold: z = S + c > θ. Nothing is kept. */
import type { NeuronOf, Values } from "../../model/spiking-graph.ts";
import { valueAt } from "../../model/spiking-graph.ts";
import type { PopulationBase } from "../discrete-network.ts";
import { type FixedBase, type Integers, THRESHOLD_LIMIT } from "../fixed-network.ts";
import { toIntegers } from "../quantise-numbers.ts";
import { largest } from "../values.ts";
import { memoryless, type NeuronRow, named } from "./row.ts";

export type Threshold = PopulationBase & {
  readonly kind: "Threshold";
  readonly vThreshold: Values;
};

export type FixedThreshold = FixedBase & {
  readonly kind: "Threshold";
  readonly threshold: Integers;
};

export const threshold: NeuronRow<NeuronOf<"Threshold">, Threshold, FixedThreshold> = {
  equation: "threshold",
  spiking: true,
  variables: [],

  discretise: (node) => ({
    population: {
      ...named(node, true),
      kind: "Threshold",
      constant: 0,
      vThreshold: node.threshold,
      refractorySteps: 0,
      receptors: memoryless(1),
    },
    inputScales: [1],
  }),

  start: () => [],
  step: (p, k, arrived) => (arrived + valueAt(p.constant, k) > valueAt(p.vThreshold, k) ? 1 : 0),
  firesAt: () => null,

  check: () => {},
  leak: () => 0,
  scale: ({ vThreshold }) => largest(vThreshold),
  reach: () => Number.POSITIVE_INFINITY,
  limits: ({ vThreshold }) => [[largest(vThreshold), THRESHOLD_LIMIT]],
  bits: null,
  integers: (p, base) => ({
    ...base,
    kind: "Threshold",
    threshold: toIntegers(p.vThreshold, base.fractionBits),
  }),
  rounding: () => ({ decayError: 0, products: 0 }),
};
