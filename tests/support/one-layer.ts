/**
 * Input → Linear → one kind of neuron, in numbers that are powers of two: κ = 2^−6 in a step of 2^−10 s, and a gain that
 * leaves weights as they are. What follows from them can be worked out by hand.
 */
import type {
  NeuronNode,
  Semantics,
  SpikingGraph,
  SynapseNode,
} from "../../host/model/spiking-graph.ts";
import { discretise } from "../../host/spiking/discretise.ts";
import type { FixedNetwork } from "../../host/spiking/fixed-network.ts";
import { quantise } from "../../host/spiking/quantise.ts";

export const DT = 2 ** -10;
export const TAU = 2 ** -4;
export const KAPPA = DT / TAU;

const FIRES = { vThreshold: 1, vReset: 0, refractorySeconds: 0 } as const;
const DRIVEN = { vLeak: 0, current: 0, vInitial: 0 } as const;
type Of<K extends NeuronNode["kind"]> = Extract<NeuronNode, { kind: K }>;

export const lif = (n = 1, changes: Partial<Of<"LIF">> = {}): Of<"LIF"> => ({
  ...{ name: "cells", kind: "LIF", shape: [n], tau: TAU, r: 1 / KAPPA, ...DRIVEN, ...FIRES },
  ...changes,
});

/** A value output. */
export const li = (n = 1, changes: Partial<Of<"LI">> = {}): Of<"LI"> => ({
  ...{ name: "cells", kind: "LI", shape: [n], tau: TAU, r: 1 / KAPPA, ...DRIVEN },
  ...changes,
});

/** A receptor whose current decays with κ = 2^−4, and a gain that makes up for it. */
export const receptor = (name = "exc", tauSyn = 2 ** -6) => ({ name, tauSyn, wIn: tauSyn / DT });

export const cubaLif = (n = 1, changes: Partial<Of<"CubaLIF">> = {}): Of<"CubaLIF"> => ({
  ...{ name: "cells", kind: "CubaLIF", shape: [n], tauMem: TAU, r: 1 / KAPPA, ...DRIVEN, ...FIRES },
  receptors: [receptor()],
  ...changes,
});

export type Layer = {
  readonly cells: NeuronNode;
  /** row-major [out, in]; one row, for all */
  readonly weights: readonly number[];
  readonly between?: SynapseNode;
  readonly semantics?: Partial<Semantics>;
};

export function layer({ cells, weights, between, semantics }: Layer): SpikingGraph {
  const inputs = weights.length;
  const n = cells.shape.reduce((a, b) => a * b, 1);
  const weight = Float64Array.from({ length: n * inputs }, (_, k) => weights[k % inputs] ?? 0);
  const synapses: SynapseNode = between ?? {
    ...{ name: "synapses", kind: "Linear", shape: [n], inputSize: inputs },
    weight,
  };
  const edge = (source: number) => ({ source, target: source + 1, receptor: 0 });
  return {
    kind: "spiking",
    source: { name: "layer", format: "graph", sha256: "" },
    semantics: {
      ...{ dtSeconds: DT, timeUnit: "s", discretisation: "norse", reset: "zero" },
      ...{ inputKind: "spikes", assumptions: [], ...semantics },
    },
    nodes: [
      { name: "in", kind: "Input", shape: [inputs] },
      synapses,
      cells,
      { name: "out", kind: "Output", shape: [n] },
    ],
    edges: [edge(0), edge(1), edge(2)],
    labels: null,
  };
}

export const quantised = (graph: SpikingGraph, weights: "i16" | "i8" = "i16"): FixedNetwork =>
  quantise(discretise(graph), weights);

/** Fraction bits of a population, by its place among the populations. */
export const bitsOf = (graph: SpikingGraph, population = 0): number | undefined =>
  quantised(graph).report.populations[population]?.fractionBits;
