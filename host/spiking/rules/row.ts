/**
 * What a rule of plasticity says of itself. The weights of a projection that learns are state: they start at its matrix,
 * and change where the rule says so, in the order in which nodes act:
 *
 *     its source has acted     its events are delivered with the weights of now, which may change
 *     its target has acted     weights may change by what it did
 *     the step ends            weights and traces may change by themselves
 *
 * As in kinds/row.ts, the functions are methods.
 */
import type { Projection } from "../discrete-network.ts";

/** @param R the rule in real numbers; @param F the same in integers */
export type RuleRow<R, F> = {
  /** No weight leaves ±clip, real: ranges and exponents are proven with it. */
  clip(rule: R): number;
  /** Weights and traces in float64, at the start. */
  open(rule: R, p: Projection, sizes: Sizes): FloatRule;
  /** @param fractionBits of the target's potential, which its synapses share */
  integers(rule: R, p: Projection, sizes: Sizes, fractionBits: number): F;
};

/** Elements of source and target. */
export type Sizes = { readonly pre: number; readonly post: number };

/** A rule at work. Events are those of the step: one number for each element of a node. */
export type FloatRule = {
  /** @param deliver adds to neuron `post`, by the delay of a synapse later */
  readonly atSource?: (source: Float64Array, deliver: Deliver) => void;
  readonly atTarget?: (source: Float64Array, target: Float64Array) => void;
  readonly afterStep?: () => void;
};

export type Deliver = (post: number, amount: number, delaySteps: number) => void;
