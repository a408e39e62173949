/**
 * What a kind of neuron says of itself: the one place where the host knows its equation. The functions are written as
 * methods, because TypeScript compares the parameters of methods both ways: a row of QIF is then a row of neurons.
 */
import { elements } from "../../model/graph.ts";
import type { NeuronNode, Semantics, Values } from "../../model/spiking-graph.ts";
import type { DiscreteReceptor, PopulationBase } from "../discrete-network.ts";
import type { FixedBase } from "../fixed-network.ts";
import type { LaneParameters } from "../lanes.ts";
import type { Rule } from "../rules/index.ts";

/** @param N the node of the graph; @param P its population in real numbers; @param F the same in integers */
export type NeuronRow<N extends NeuronNode, P extends PopulationBase, F extends FixedBase> = {
  /** the name of its equation in `inspect` */
  readonly equation: string;
  /** false: a value output, which gives its potential and never spikes */
  readonly spiking: boolean;
  /** names of what it keeps from step to step: v, where it has a potential, then what stands beside it */
  readonly variables: readonly string[];

  /** The equation as a step. */
  discretise(node: N, semantics: Semantics): Discretised<P>;
  /** Where the node has no synapses, and its one edge is a projection that learns. */
  learns?(node: N): Rule;

  /** Values of its variables at the start. */
  start(p: P): readonly Values[];
  /** One step of neuron k in float64. @returns 1 for a spike, else 0; a value output gives its potential */
  step(p: P, k: number, arrived: number, variables: Variables): number;
  /** The same while neuron k is refractory: v stays, and what else does not. */
  rest?(p: P, k: number, variables: Variables): void;
  /** The potential at which it fires, where it has both. */
  firesAt(p: P): Values | null;

  /** Refuses parameters with which the step makes no sense, or for which its kernel has no room. */
  check(p: P, refuse: Refuse): void;
  /** κ of v; 0 where nothing leaks */
  leak(p: P): Values;
  /** The largest of threshold, reset, rest and start; 0 where it has none of them. */
  scale(p: P): number;
  /** What inputs have to bring in every step, over `leak`, to make it fire, where that is not `scale`: their unit. */
  driven?(p: P): number;
  /** What |v| stays below if its currents do; infinite where nothing is proven. */
  reach(p: P, currents: number): number;
  /** Whether it integrates without a leak and may drift without end, given whether anything can push it down. */
  drifts?(p: P, down: boolean): boolean;
  /** Its parameters with the largest integer that each may become. */
  limits(p: P): readonly Limit[];
  /** Fraction bits where its kernel asks for some; null: they follow from `scale`, `reach` and the weights. */
  readonly bits: Bits | null;

  /** Whether a kernel can do its receptors and itself in one pass, if their sums fit. */
  fuses?(p: P): boolean;
  /** What the 16-bit format needs to know; null where it has no room. */
  lanes?(p: P): LaneParameters | null;
  integers(p: P, base: FixedBase): F;
  rounding(p: P, fixed: F): Rounding;
};

export type Discretised<P extends PopulationBase> = {
  readonly population: P;
  /** by receptor: factor from a weight to the receptor's variable, which is kept in the potential's unit */
  readonly inputScales: readonly Values[];
};

/** By variable, in the row's order: one number for each neuron. */
export type Variables = readonly Float64Array[];

export type Refuse = (got: string, expected: string, remedy?: string) => void;

export type Limit = readonly [real: number, most: number];

export type Bits = { readonly most: number; readonly least: number };

export type Rounding = {
  /** largest relative error of its decay factors */
  readonly decayError: number;
  /** products that one step of v rounds to half a unit */
  readonly products: number;
};

/** What a population and its node share. */
export const named = ({ name, shape }: NeuronNode, spiking: boolean) => ({
  ...{ name, shape, n: elements(shape), spiking },
});

/** The one input of neurons without synaptic currents: it acts in its own step. */
export const memoryless = (gain: Values): readonly DiscreteReceptor[] => [
  { name: "input", kappa: 1, gain, constant: 0, lateConstant: 0 },
];

/** κ ≥ 2 makes every step overshoot further than the one before. */
export function checkDecay(what: string, kappa: Values, refuse: Refuse): void {
  const most = typeof kappa === "number" ? kappa : kappa.reduce((a, b) => Math.max(a, b), 0);
  const least = typeof kappa === "number" ? kappa : kappa.reduce((a, b) => Math.min(a, b), 0);
  if (most < 2 && least >= 0) return;
  refuse(
    `dt / ${what} = ${most}`,
    "less than 2: the explicit step is unstable beyond",
    "Give a smaller --dt, or check --time-unit.",
  );
}
