/**
 * A spiking network in discrete time, still in real numbers: what every time step computes. The quantiser turns it into
 * integers, and the float stepper runs it as it is. All linear chains of the graph are folded into projections.
 *
 * Event nodes give lists of spikes (or counts), populations are the event nodes with neurons in them, and a projection
 * carries events of one node into one receptor of one population.
 */
import type { Values } from "../model/spiking-graph.ts";

/** One time step of a population; x is the new potential before the threshold, S the sum of its receptors. */
export type PopulationKind =
  /** x = v − κv·v + S + c */
  | "linear"
  /** x = v − κv·v + S + c − w;  w ← w − κw·w;  at a spike w ← w + increment */
  | "adaptive"
  /** Izhikevich 2003 */
  | "izhikevich"
  /** z = S + c > threshold; nothing is kept */
  | "threshold"
  | "perceptron";

/**
 * none: a value output, never spikes (I, LI, CubaLI).
 * zero: v ← v_reset. subtract: v ← x − θ.
 * snntorch: ρ = [v > θ] from the step before; x ← x − ρ·θ; z = [x > θ]; v ← x − (z − ρ)·θ.
 * spyx: z = [v > θ] from the step before; v ← x − z·θ.
 */
export type ResetRule = "none" | "zero" | "subtract" | "snntorch" | "spyx";

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

export type Population = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly n: number;
  readonly kind: PopulationKind;
  /** κv = 1 − decay of the potential in one step; 0 for IF and I */
  readonly kappaV: Values;
  /** added in every step: leak towards v_leak, constant current and biases of projections */
  readonly constant: Values;
  readonly vThreshold: Values;
  readonly vReset: Values;
  readonly vInitial: Values;
  readonly resetRule: ResetRule;
  readonly refractorySteps: number;
  readonly receptors: readonly DiscreteReceptor[];
  readonly adaptation: { readonly kappa: Values; readonly increment: Values } | null;
  readonly izhikevich: {
    readonly a: Values;
    readonly b: Values;
    readonly c: Values;
    readonly d: Values;
    readonly dtMs: number;
  } | null;
  /** the event node whose elements are x[inputs − 1] and then the target */
  readonly perceptron: { readonly source: number; readonly inputs: number } | null;
};

export type EventNode =
  /** u8 counts per step, or i16 values */
  | {
      readonly kind: "input";
      readonly name: string;
      readonly shape: readonly number[];
      readonly n: number;
      readonly values: boolean;
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
  readonly matrix: Matrix;
  /** stored synapses, for the count of synaptic events */
  readonly synapses: number;
  /** the target acts before the source within a step: these spikes count one step later */
  readonly closesCycle: boolean;
};

export type Output = {
  readonly name: string;
  readonly shape: readonly number[];
  /** index into events; a value output where the population has no reset rule */
  readonly source: number;
};

export type DiscreteNetwork = {
  readonly dtSeconds: number;
  /** in execution order */
  readonly events: readonly EventNode[];
  readonly projections: readonly Projection[];
  readonly outputs: readonly Output[];
};
