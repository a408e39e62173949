/**
 * A spiking graph: NIR's node names and parameters, in SI units (time in seconds, potentials and currents in the file's
 * own unit). Importers and host/network write it, the quantiser and the compiler read it.
 *
 * A network is a set of nodes and directed edges. An edge is the identity; several edges into one input **sum**.
 * Within one time step nodes act in topological order, so a spike crosses feed-forward layers in the step it is fired.
 * An edge that closes a cycle delivers one step later, from a zero start.
 */
import type { Source } from "./graph.ts";
import type { Front } from "./signal-graph.ts";

export type SpikingGraph = {
  readonly kind: "spiking";
  readonly source: Source;
  readonly semantics: Semantics;
  readonly nodes: readonly SpikingNode[];
  readonly edges: readonly Edge[];
  readonly labels: readonly string[] | null;
  /** from samples to the spikes of the only input: then a step takes a hop of samples, and is so many of the network's */
  readonly front?: Front;
};

export type Edge = {
  /** indices into nodes */
  readonly source: number;
  readonly target: number;
  /** which receptor of a CubaLI or CubaLIF target receives it; 0 elsewhere */
  readonly receptor: number;
};

export type Discretisation = "norse" | "snntorch" | "spyx" | "nengo" | "sinabs" | "lava" | "exact";

/** after-spike: the steps that follow the spike's own. with-spike: the spike's own step is the first of them, as in Brian2. */
export type Refractory = "after-spike" | "with-spike";

/** How continuous equations become steps: what a NIR file leaves open. Kept in the manifest, printed by inspect. */
export type Semantics = {
  readonly dtSeconds: number;
  /** the unit of the time constants in the source, already converted to seconds in this graph */
  readonly timeUnit: "s" | "ms";
  /** reference/nir section 4; `exact`: exponential integration for constant input, for networks built by code */
  readonly discretisation: Discretisation;
  readonly reset: "zero" | "subtract";
  readonly inputKind: "spikes" | "values";
  /** what a refractory time counts from; absent: after-spike, see spiking/TIMING.md */
  readonly refractory?: Refractory;
  /** what the source left open and this graph assumed, one sentence each, for the user to read */
  readonly assumptions: readonly string[];
};

/** One value for the whole node, or one per element, row-major in the node's shape. */
export type Values = number | Float64Array;

type NodeBase = {
  /** unique; nested NIR graphs are flattened to "outer.inner" */
  readonly name: string;
  /** shape of the output, without a batch axis */
  readonly shape: readonly number[];
};

/** Passes events or values on; a synapse turns spikes into current for its targets. */
export type SynapseNode = NodeBase &
  (
    | { readonly kind: "Linear"; readonly weight: Float64Array; readonly inputSize: number }
    | {
        /** y = W x + b; weight row-major [out, in] */
        readonly kind: "Affine";
        readonly weight: Float64Array;
        readonly bias: Float64Array;
        readonly inputSize: number;
      }
    | SparseNode
    | { readonly kind: "Scale"; readonly scale: Values }
    | ConvNode
    | {
        readonly kind: "SumPool2d" | "AvgPool2d";
        readonly inputShape: readonly [number, number, number];
        readonly kernel: readonly [number, number];
        readonly stride: readonly [number, number];
        readonly padding: readonly [number, number];
      }
    | { readonly kind: "Flatten" }
    /** y(t) = x(t − delay); rounded to whole steps */
    | { readonly kind: "Delay"; readonly delaySeconds: Values }
  );

/** A projection by lists: compressed rows by presynaptic neuron. */
export type SparseNode = NodeBase & {
  readonly kind: "Sparse";
  readonly inputSize: number;
  /** length inputSize + 1: synapses of neuron k are at rowStart[k] … rowStart[k+1] − 1 */
  readonly rowStart: Uint32Array;
  readonly post: Uint32Array;
  readonly weight: Values;
  /** extra steps on top of the edge's own; 0 … 255 per synapse, or one number of any length for all */
  readonly delaySteps: number | Uint8Array;
};

/** Correlation as in torch; inputShape [Ci, H, W] (Conv1d: H = 1), weight [Co, Ci / groups, Kh, Kw]. */
export type ConvNode = NodeBase & {
  readonly kind: "Conv1d" | "Conv2d";
  readonly inputShape: readonly [number, number, number];
  readonly weight: Float64Array;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
  readonly bias: Float64Array | null;
};

/** A synaptic current of CubaLI and CubaLIF: tau_syn · dI/dt = −I + w_in · S. NIR has one; networks by code any number. */
export type Receptor = { readonly name: string; readonly tauSyn: Values; readonly wIn: Values };

type Spiking = {
  readonly vThreshold: Values;
  readonly vReset: Values;
  /** absolute refractory time; 0 for none */
  readonly refractorySeconds: Values;
};

/** A constant input added to every step, in the unit of the neuron's current; and the potential at step 0. */
type Driven = { readonly current: Values; readonly vInitial: Values };

export type NeuronNode = NodeBase &
  /** z = 1 if x > threshold */
  (
    | { readonly kind: "Threshold"; readonly threshold: Values }
    /** dv/dt = R I */
    | ({ readonly kind: "I"; readonly r: Values } & Driven)
    | ({ readonly kind: "IF"; readonly r: Values } & Spiking & Driven)
    /** tau dv/dt = (v_leak − v) + R I */
    | ({
        readonly kind: "LI";
        readonly tau: Values;
        readonly r: Values;
        readonly vLeak: Values;
      } & Driven)
    | ({
        readonly kind: "LIF";
        readonly tau: Values;
        readonly r: Values;
        readonly vLeak: Values;
      } & Spiking &
        Driven)
    | ({
        readonly kind: "CubaLI";
        readonly tauMem: Values;
        readonly r: Values;
        readonly vLeak: Values;
        readonly receptors: readonly Receptor[];
      } & Driven)
    | ({
        readonly kind: "CubaLIF";
        readonly tauMem: Values;
        readonly r: Values;
        readonly vLeak: Values;
        readonly receptors: readonly Receptor[];
      } & Spiking &
        Driven)
    /** LIF with fatigue: tau dv/dt = (v_leak − v) + R (I − w); tau_adapt dw/dt = −w; at a spike w ← w + increment */
    | ({
        readonly kind: "AdaptiveLIF";
        readonly tau: Values;
        readonly r: Values;
        readonly vLeak: Values;
        readonly tauAdapt: Values;
        readonly increment: Values;
      } & Spiking &
        Driven)
    /**
     * Izhikevich 2003, v in mV, time in ms: v' = 0.04 v² + 5 v + 140 − u + I; u' = a (b v − u);
     * spike where v ≥ 30: v ← c, u ← u + d. vInitial in mV; u starts at b · v
     */
    | ({
        readonly kind: "Izhikevich";
        readonly a: Values;
        readonly b: Values;
        readonly c: Values;
        readonly d: Values;
      } & Driven)
    /**
     * Quadratic integrate-and-fire: tau dv/dt = a0 (v − v_leak)(v − v_critical) + R I; spike where v ≥ v_threshold:
     * v ← v_reset. a0 per unit of the potential
     */
    | ({
        readonly kind: "QIF";
        readonly tau: Values;
        readonly a0: Values;
        readonly r: Values;
        readonly vLeak: Values;
        readonly vCritical: Values;
      } & Spiking &
        Driven)
    /**
     * Rosenblatt's perceptron with its learning step. Input: x[n] then the target t, all 0 or 1; output y = w·x + b > 0;
     * then w ← w + (t − y) x and b ← b + (t − y). Weights are state and start at 0. inputSize = n + 1
     */
    | { readonly kind: "Perceptron"; readonly inputSize: number }
  );

export type SpikingNode =
  /** maxCount: no element brings more spikes in a step, 1 to 255; where it is not declared, 255 */
  | (NodeBase & { readonly kind: "Input"; readonly maxCount?: number })
  | (NodeBase & { readonly kind: "Output" })
  | SynapseNode
  | NeuronNode;

export type SpikingKind = SpikingNode["kind"];

export type NeuronKind = NeuronNode["kind"];
export type NeuronOf<K extends NeuronKind> = NeuronNode & { readonly kind: K };

/** Spikes that an input brings in one step at most, where nothing else is declared: what a byte holds. */
export const MAX_COUNT = 255;

/** The k-th of `Values`. */
export const valueAt = (values: Values, k: number): number =>
  typeof values === "number" ? values : (values[k] as number);

/** What is no neuron: every other kind is one. */
const OTHERS: { readonly [K in Exclude<SpikingKind, NeuronKind>]: true } = {
  Input: true,
  Output: true,
  Linear: true,
  Affine: true,
  Sparse: true,
  Scale: true,
  Conv1d: true,
  Conv2d: true,
  SumPool2d: true,
  AvgPool2d: true,
  Flatten: true,
  Delay: true,
};

export const isNeuron = (node: SpikingNode): node is NeuronNode =>
  !Object.hasOwn(OTHERS, node.kind);
