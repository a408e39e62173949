/**
 * A spiking network in discrete time, still in real numbers: what every time step computes. The quantiser turns it into
 * integers, and the float stepper runs it as it is. All linear chains of the graph are folded into projections.
 *
 * Event nodes give lists of spikes (or counts), populations are the event nodes with neurons in them, and a projection
 * carries events of one node into one receptor of one population.
 */
import type { NeuronKind, Values } from "../model/spiking-graph.ts";
import type { Population } from "./kinds/index.ts";
import type { Rule } from "./rules/index.ts";

export type DiscreteReceptor = {
  readonly name: string;
  /** s ← s − κ·s + constant + input. 1: no memory, the input acts in its own step (IF, LIF) */
  readonly kappa: Values;
  /** v's share of the current: recorded currents are s / gain */
  readonly gain: Values;
  /** input of every step: biases behind a synaptic current */
  readonly constant: Values;
  /** the part of it that does not act in the first step: biases of loops, see biases.ts */
  readonly lateConstant: Values;
};

/** What populations of every kind have; what else one has, its file in kinds/ says. */
export type PopulationBase = {
  readonly kind: NeuronKind;
  readonly name: string;
  readonly shape: readonly number[];
  readonly n: number;
  /** false: a value output, which gives its potential and never spikes */
  readonly spiking: boolean;
  /** added in every step: leak towards v_leak, and a constant current */
  readonly constant: Values;
  readonly refractorySteps: Values;
  /** empty where a rule brings what arrives */
  readonly receptors: readonly DiscreteReceptor[];
};

export type EventNode =
  /** u8 counts per step, or i16 values */
  | {
      readonly kind: "input";
      readonly name: string;
      readonly shape: readonly number[];
      readonly n: number;
      readonly values: boolean;
      /** spikes of an element in one step at most */
      readonly maxCount: number;
    }
  | ({ readonly kind: "population" } & {
      readonly population: Population;
      readonly name: string;
      readonly shape: readonly number[];
      readonly n: number;
    })
  /** counts of the source's events in a window; the 1/k of AvgPool2d is in the weights behind it */
  | {
      readonly kind: "pool";
      readonly name: string;
      readonly shape: readonly number[];
      readonly n: number;
      readonly source: number;
      readonly inputShape: readonly [number, number, number];
      readonly kernel: readonly [number, number];
      readonly stride: readonly [number, number];
      readonly padding: readonly [number, number];
    }
  /** the source's events, some steps later */
  | {
      readonly kind: "delay";
      readonly name: string;
      readonly shape: readonly number[];
      readonly n: number;
      readonly source: number;
      readonly steps: number | Uint32Array;
    };

/** Weights with every gain folded in. A positive value of `weight` raises the target's potential. */
export type Matrix =
  /** row-major [pre, post]: the row of a presynaptic neuron is contiguous */
  | { readonly kind: "dense"; readonly weight: Float64Array }
  | {
      readonly kind: "sparse";
      readonly rowStart: Uint32Array;
      readonly post: Uint32Array;
      readonly weight: Values;
      /** per synapse, 0 … 255 */
      readonly delaySteps: Uint8Array | null;
    }
  | {
      readonly kind: "conv";
      readonly inputShape: readonly [number, number, number];
      readonly outputShape: readonly [number, number, number];
      /** [Co, Ci / groups, Kh, Kw] */
      readonly weight: Float64Array;
      readonly kernel: readonly [number, number];
      readonly stride: readonly [number, number];
      readonly padding: readonly [number, number];
      readonly dilation: readonly [number, number];
      readonly groups: number;
    }
  /** one-to-one */
  | { readonly kind: "diagonal"; readonly weight: Values };

export type Projection = {
  readonly name: string;
  /** index into events */
  readonly source: number;
  /** index into events: a population */
  readonly target: number;
  readonly receptor: number;
  /** the weights, or where they start */
  readonly matrix: Matrix;
  /** how weights change as the network runs; null: they are constants */
  readonly rule: Rule | null;
  /** stored synapses, for the count of synaptic events */
  readonly synapses: number;
  /** the target acts before the source within a step: these spikes count one step later */
  readonly closesCycle: boolean;
};

export type Output = {
  readonly name: string;
  readonly shape: readonly number[];
  /** index into events; a value output where the population does not spike */
  readonly source: number;
};

export type DiscreteNetwork = {
  readonly dtSeconds: number;
  /** in execution order */
  readonly events: readonly EventNode[];
  readonly projections: readonly Projection[];
  readonly outputs: readonly Output[];
};
