/**
 * Every kind of neuron, one row each: a kind of the graph that has none does not build. A new one is its file here, its
 * twin in compiler/spiking/kinds, and its kernel in assembly/neurons.
 */
import type { NeuronKind, NeuronNode, NeuronOf } from "../../model/spiking-graph.ts";
import { type AdaptiveLif, adaptiveLif, type FixedAdaptiveLif } from "./adaptive-lif.ts";
import { cubaLi, cubaLif } from "./cuba-lif.ts";
import { integrateAndFire, integrator } from "./if.ts";
import { type FixedIzhikevich, type Izhikevich, izhikevich } from "./izhikevich.ts";
import { li, lif } from "./lif.ts";
import type { FixedMembrane, Membrane } from "./membrane.ts";
import { type FixedPerceptron, type Perceptron, perceptron } from "./perceptron.ts";
import { type FixedQif, type Qif, qif } from "./qif.ts";
import type { NeuronRow } from "./row.ts";
import { type FixedThreshold, type Threshold, threshold } from "./threshold.ts";

export type Population = Membrane | AdaptiveLif | Izhikevich | Threshold | Perceptron | Qif;

export type FixedPopulation =
  | FixedMembrane
  | FixedAdaptiveLif
  | FixedIzhikevich
  | FixedThreshold
  | FixedPerceptron
  | FixedQif;

/** The member of a union that has this kind, alone or among others. */
type Having<U, K> = U extends { readonly kind: infer Own } ? (K extends Own ? U : never) : never;
export type PopulationOf<K extends NeuronKind> = Having<Population, K>;
export type FixedOf<K extends NeuronKind> = Having<FixedPopulation, K>;

/** One row for each kind; none may be missing. */
export type NeuronRows<K extends NeuronKind = NeuronKind> = {
  readonly [Each in K]: NeuronRow<NeuronOf<Each>, PopulationOf<Each>, FixedOf<Each>>;
};

const NEURONS: NeuronRows = {
  Threshold: threshold,
  I: integrator,
  IF: integrateAndFire,
  LI: li,
  LIF: lif,
  CubaLI: cubaLi,
  CubaLIF: cubaLif,
  AdaptiveLIF: adaptiveLif,
  Izhikevich: izhikevich,
  Perceptron: perceptron,
  QIF: qif,
};

/** The row of a node or of a population. */
export const rowOf = ({
  kind,
}: {
  readonly kind: NeuronKind;
}): NeuronRow<NeuronNode, Population, FixedPopulation> => NEURONS[kind];

export const keepsPotential = (p: { readonly kind: NeuronKind }): boolean =>
  rowOf(p).variables.includes("v");

/** What kinds of neurons keep beside v, by name: what can be watched of them. */
export const BESIDE_POTENTIAL: readonly string[] = [
  ...new Set(
    Object.values<{ readonly variables: readonly string[] }>(NEURONS).flatMap(
      (row) => row.variables,
    ),
  ),
].filter((name) => name !== "v");
