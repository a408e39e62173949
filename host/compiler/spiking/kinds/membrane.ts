/** I, IF, LI, LIF, CubaLI and CubaLIF: receptors, then the membrane; one kernel for both where there is one. */

import { at } from "../../../model/at.ts";
import type { Build } from "../../../module/manifest.ts";
import type { FixedMembrane, FixedMembraneBase } from "../../../spiking/kinds/membrane.ts";
import type { Draft, Ref } from "../draft.ts";
import { placeLanes, stepLanes } from "../lanes.ts";
import {
  type PopulationMemory,
  placePopulation,
  potentialOf,
  records,
  restEach,
  sharedRest,
} from "../population.ts";
import { stepReceptors } from "../receptors.ts";
import { placeFused, stepFused } from "./fused.ts";
import { isPlainLif, stepPlainLif } from "./plain-lif.ts";
import { callNeurons, type KindLowering } from "./row.ts";

const RULES = { none: 0, zero: 1, subtract: 2, snntorch: 3, spyx: 4 } as const;

export const membrane: KindLowering<FixedMembrane> = {
  place(draft, p, place) {
    if (p.lanes) return placeLanes(draft, p, p.lanes, place);
    return p.fused ? placeFused(draft, p, place) : placePopulation(draft, p, place);
  },
  step(draft, p, memory, build) {
    if (p.fused) stepFused(draft, p, memory, build);
    else if (p.lanes) stepLanes(draft, p, p.lanes, memory);
    else if (build === "mvp" && isPlainLif(p)) stepPlainLif(draft, p, memory);
    else stepMembrane(draft, p, memory, stepReceptors(draft, p, memory, build), build);
  },
};

/** @param total of the receptors */
export function stepMembrane(
  draft: Draft,
  p: FixedMembraneBase,
  memory: PopulationMemory,
  total: Ref,
  build: Build,
): void {
  const { refractory, list } = memory;
  const potential = potentialOf(memory);
  const spikes = memory.spikes ?? 0; // none of a value output
  const { words, stride } = records([p.decay.mantissa, p.constant, p.threshold, p.reset], p.n);
  const parameters = draft.constant(words);
  if (build === "simd" && stride === 0) {
    draft.step.push({
      ...{ file: "neurons/membrane.simd", entry: "membrane", comment: `${p.kind} ${p.name}` },
      args: [potential, total, refractory, parameters, spikes, list, p.n, draft.counters],
      shape: {
        ...{ MANTISSA: at(words, 0), SHIFT: p.decay.shift, CONSTANT: at(words, 1) },
        ...{ THRESHOLD: at(words, 2), RESET: at(words, 3), RULE: RULES[p.resetRule] },
        ...{ REFRACTORY_STEPS: refractory === 0 ? 0 : sharedRest(p) },
      },
    });
    restEach(draft, p, memory);
    return;
  }
  callNeurons(draft, p, "membrane", "membrane", [
    ...[potential, total, refractory, sharedRest(p), parameters, stride],
    ...[p.decay.shift, RULES[p.resetRule], spikes, list, 0, p.n, draft.counters],
  ]);
  restEach(draft, p, memory);
}
