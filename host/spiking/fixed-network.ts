/**
 * A spiking network in integers: what the kernels compute, and nothing else. A population has one format: v, w, every
 * receptor's s, threshold and reset are i32 in units of 2^−fractionBits of the potential, so that sums need no shifts.
 */

import type { NeuronKind, Values } from "../model/spiking-graph.ts";
import type { EventNode, Matrix, Output } from "./discrete-network.ts";
import type { FixedPopulation } from "./kinds/index.ts";
import type { FixedRule } from "./rules/index.ts";

/** LIMIT of assembly/fixed/limit.ts. v, s and w stay within ±LIMIT: sums of a neuron update then fit an i32 exactly, see quantise.ts. */
export const LIMIT = 2 ** 29 - 1;
/** What is added in a step, and what v is compared with: |x ± θ| then fits an i32 as well. */
export const CONSTANT_LIMIT = 2 ** 28;
export const THRESHOLD_LIMIT = 2 ** 27;

/** One i32 for the whole population, or one per neuron. */
export type Integers = number | Int32Array;

/** κ·x as (x · mantissa + 2^(shift − 1)) >> shift: |x| ≤ LIMIT, 0 ≤ mantissa < 2^31, 16 ≤ shift ≤ 60. */
export type Decay = { readonly mantissa: Integers; readonly shift: number };

export type FixedReceptor = {
  readonly name: string;
  /** null: no memory, the input acts in its own step */
  readonly decay: Decay | null;
  readonly constant: Integers;
  /** the part of it that does not act in the first step: its opposite is on its way at the start */
  readonly lateConstant: Integers;
  /** s is held within ±limit */
  readonly limit: number;
  /** proven: s never reaches its limit */
  readonly bounded: boolean;
  /** slots of the ring of sums: the longest delay of a synapse, and the present */
  readonly slots: number;
  /** recorded currents are s / gain */
  readonly gain: Values;
};

/** Of u = v + offset + arrived: x = u − ((u >> coarse) · multiplier >> places) + rest, see lanes-proof.ts. */
export type Lanes = {
  readonly multiplier: number;
  readonly coarse: number;
  readonly places: number;
  readonly offset: number;
  readonly rest: number;
};

/** Bits that are dropped before a product: operands of 16 bits are left. See dropped-bits.ts. */
export type Dropped = { readonly v: number; readonly receptors: readonly number[] };

/** What populations of every kind have; what else one has, its file in kinds/ says. */
export type FixedBase = {
  readonly kind: NeuronKind;
  readonly name: string;
  readonly shape: readonly number[];
  readonly n: number;
  /** false: a value output, which gives its potential and never spikes */
  readonly spiking: boolean;
  readonly fractionBits: number;
  /** for a kernel that does receptors and membrane in one pass (assembly/neurons/cuba-lif.ts) */
  readonly fused: boolean;
  /** with products of 16 bits in that kernel; null: of all bits */
  readonly dropped: Dropped | null;
  /** the 16-bit format instead of the 32-bit one, see lanes.ts; κ, constants and start are then in these numbers */
  readonly lanes: Lanes | null;
  readonly constant: Integers;
  readonly refractorySteps: Integers;
  readonly receptors: readonly FixedReceptor[];
  /** kept from step to step, in the order of the kind's row: v, and what stands beside it */
  readonly variables: readonly FixedVariable[];
};

export type FixedVariable = { readonly name: string; readonly initial: Integers };

/** i8 where all of a network's weights are. */
export type Weights = Int8Array | Int16Array;

/** Stored weights. A stored w counts as w · 2^exponent units of the target's format for an event of value 1. */
export type FixedMatrix =
  | { readonly kind: "dense"; readonly weight: Weights }
  | {
      readonly kind: "sparse";
      readonly rowStart: Uint32Array;
      readonly post: Uint32Array;
      readonly weight: Weights;
      readonly delaySteps: Uint8Array | null;
    }
  | {
      readonly kind: "conv";
      readonly weight: Weights;
      readonly inputShape: readonly [number, number, number];
      readonly outputShape: readonly [number, number, number];
      readonly kernel: readonly [number, number];
      readonly stride: readonly [number, number];
      readonly padding: readonly [number, number];
      readonly dilation: readonly [number, number];
      readonly groups: number;
    }
  | { readonly kind: "diagonal"; readonly weight: Weights };

export type FixedProjection = ConstantProjection | LearningProjection;

type Ends = {
  readonly name: string;
  readonly source: number;
  readonly target: number;
  readonly receptor: number;
  readonly closesCycle: boolean;
  readonly synapses: number;
};

export type ConstantProjection = Ends & {
  readonly rule: null;
  readonly matrix: FixedMatrix;
  /** 0 or more for spikes and counts; any for values, whose products are rounded to the target's format one by one */
  readonly exponent: number;
  /** counts above are held there, as a saturation; null: whatever the source gives fits */
  readonly mostCount: number | null;
  /** the source gives values, not counts */
  readonly graded: boolean;
};

/** Its weights are state; how they are stored, the rule's file in rules/ says. */
export type LearningProjection = Ends & {
  readonly rule: FixedRule;
  readonly topology: Matrix["kind"];
};

export type FixedEvent =
  | (Extract<EventNode, { kind: "input" }> & {
      /** real value of one unit; 1 for counts */
      readonly scale: number;
    })
  | {
      readonly kind: "population";
      readonly name: string;
      readonly shape: readonly number[];
      readonly n: number;
      readonly population: FixedPopulation;
    }
  | Extract<EventNode, { kind: "pool" | "delay" }>;

export type FixedNetwork = {
  readonly dtSeconds: number;
  readonly events: readonly FixedEvent[];
  readonly projections: readonly FixedProjection[];
  readonly outputs: readonly Output[];
  readonly report: QuantisationReport;
};

/** What rounding to integers costs, for `inspect` to print. */
export type QuantisationReport = {
  readonly weights: "i16" | "i8";
  readonly populations: readonly PopulationReport[];
  readonly projections: readonly ProjectionReport[];
};

export type PopulationReport = {
  readonly name: string;
  readonly fractionBits: number;
  /** one unit of v, in the file's unit */
  readonly resolution: number;
  /** most that one step's rounding moves v, in the file's unit */
  readonly roundingPerStep: number;
  /** largest relative error of the decay factors */
  readonly decayError: number;
  /** the potential at which v saturates, over the largest of threshold, reset, rest and start */
  readonly headroom: number;
  /** proven: whatever the input, nothing of this population saturates */
  readonly neverSaturates: boolean;
};

export type ProjectionReport = {
  readonly name: string;
  /** the model's projection: it has several rows where small weights are kept apart, see small-weights.ts */
  readonly projection: string;
  readonly from: string;
  readonly to: string;
  readonly exponent: number;
  /** largest error of a weight, relative to the largest weight */
  readonly weightError: number;
  /** weights that are not 0 */
  readonly weights: number;
  /** of these, how many are stored as 0 */
  readonly roundToZero: number;
  /** 2^31 over the largest sum that one step can bring to one target through this receptor */
  readonly headroom: number;
};
