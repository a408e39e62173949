/**
 * How a rule of plasticity becomes memory and calls: weights and traces are state, and calls stand where the nodes act
 * that they wait for. Methods, as in spiking/kinds/row.ts.
 */
import type { Build } from "../../../module/manifest.ts";
import type { LearningProjection } from "../../../spiking/fixed-network.ts";
import type { FixedRule } from "../../../spiking/rules/index.ts";
import type { Draft, Ref } from "../draft.ts";
import type { EventMemory } from "../events.ts";
import type { RingMemory } from "../population.ts";

/** A projection with its rule. */
export type Learning<R extends FixedRule> = LearningProjection & { readonly rule: R };

/** Weights first, then traces: each in a block of state of its own. */
export type RuleMemory = readonly Ref[];

/** What the calls of one step find. */
export type RuleEnds = {
  /** as in the step in which they acted last */
  readonly source: EventMemory;
  readonly target: EventMemory;
  /** where what arrives at the receptor is summed; null where a rule acts in its target's place */
  readonly to: RingMemory | null;
  readonly pre: number;
  readonly post: number;
};

export type RuleLowering<R extends FixedRule> = {
  /** State with its values at the start, named after the projection. */
  place(draft: Draft, p: Learning<R>): RuleMemory;
  /** Right after the source has acted: brings its events to the target. */
  atSource?(draft: Draft, p: Learning<R>, memory: RuleMemory, ends: RuleEnds, build: Build): void;
  /** Right after the target has acted. */
  atTarget?(draft: Draft, p: Learning<R>, memory: RuleMemory, ends: RuleEnds, build: Build): void;
  /** When everything has acted: into draft.last. */
  afterStep?(draft: Draft, p: Learning<R>, memory: RuleMemory, ends: RuleEnds, build: Build): void;
};
