/** Projections: weights as their kernels read them, and the call that delivers one step's events. */
import type { FixedProjection } from "../../model/fixed-network.ts";
import type { Draft, Ref, SpikingArg } from "./draft.ts";
import type { RingMemory } from "./population.ts";

type Ends = {
  readonly list: Ref;
  readonly to: RingMemory;
  readonly pre: number;
  readonly post: number;
};

export function lowerProjection(draft: Draft, p: FixedProjection, ends: Ends): void {
  const { list, to, post } = ends;
  const comment = `${p.matrix.kind} ${p.name}`;
  // counts are shifted left by the exponent, products of values right
  const shift = p.graded ? -p.exponent : p.exponent;
  const late = p.closesCycle ? 1 : 0;
  const target: SpikingArg[] = [to.ring, to.position ?? 0, late, to.slots, post, draft.counters];
  const graded = p.graded ? "Graded" : "";
  switch (p.matrix.kind) {
    case "dense":
      draft.step.push({
        file: "synapses/dense",
        entry: `dense${graded}`,
        args: [list, draft.constant(p.matrix.weight), shift, ...target],
        comment,
      });
      return;
    default:
      throw new Error(`no kernel for ${p.matrix.kind}`);
  }
}
