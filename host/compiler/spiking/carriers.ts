/** Projections at work: what they add to a step once their source or their target has acted, by constants or by a rule. */
import type { Build } from "../../module/manifest.ts";
import type { FixedProjection } from "../../spiking/fixed-network.ts";
import type { Draft } from "./draft.ts";
import { missing } from "./population.ts";
import { lowerProjection } from "./projection.ts";
import { ruleLowering } from "./rules/index.ts";
import type { RuleEnds, RuleMemory } from "./rules/row.ts";

export type Carrier = {
  readonly p: FixedProjection;
  /** state of a rule; empty for constants */
  readonly memory: RuleMemory;
  readonly ends: RuleEnds;
  /** from a population, no input, pool or delay */
  readonly spikes: boolean;
};

/** The state of a rule. Weights that are constants have none. */
export const placeRule = (draft: Draft, p: FixedProjection): RuleMemory =>
  p.rule ? ruleLowering(p.rule).place(draft, p) : [];

export function atSource(draft: Draft, { p, memory, ends, spikes }: Carrier, build: Build): void {
  if (p.rule) {
    ruleLowering(p.rule).atSource?.(draft, p, memory, ends, build);
    return;
  }
  const { source, to, pre, post } = ends;
  const own = { list: source.list, spikes, to: to ?? missing(p.name), pre, post };
  lowerProjection(draft, p, own, build);
}

export function atTarget(draft: Draft, { p, memory, ends }: Carrier, build: Build): void {
  if (p.rule) ruleLowering(p.rule).atTarget?.(draft, p, memory, ends, build);
}

export function afterStep(draft: Draft, { p, memory, ends }: Carrier, build: Build): void {
  if (p.rule) ruleLowering(p.rule).afterStep?.(draft, p, memory, ends, build);
}
