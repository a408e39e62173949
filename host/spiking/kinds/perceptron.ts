/** Rosenblatt's perceptron: fires when the rule that its weights learn by says so. Nothing is kept but the weights. */
import type { NeuronOf } from "../../model/spiking-graph.ts";
import type { PopulationBase } from "../discrete-network.ts";
import type { FixedBase } from "../fixed-network.ts";
import { type NeuronRow, named } from "./row.ts";

export type Perceptron = PopulationBase & { readonly kind: "Perceptron" };

export type FixedPerceptron = FixedBase & { readonly kind: "Perceptron" };

export const perceptron: NeuronRow<NeuronOf<"Perceptron">, Perceptron, FixedPerceptron> = {
  equation: "perceptron",
  spiking: true,
  variables: [],

  discretise: (node) => ({
    population: {
      ...named(node, true),
      ...{ kind: "Perceptron", constant: 0, refractorySteps: 0, receptors: [] },
    },
    inputScales: [],
  }),
  learns: ({ inputSize }) => ({ kind: "perceptron", inputs: inputSize }),

  start: () => [],
  step: () => 0, // see rules/perceptron.ts
  firesAt: () => null,

  check: () => {},
  leak: () => 0,
  scale: () => 0,
  reach: () => Number.POSITIVE_INFINITY,
  limits: () => [],
  bits: { most: 0, least: 0 },
  integers: (_, base) => ({ ...base, kind: "Perceptron" }),
  rounding: () => ({ decayError: 0, products: 0 }),
};
