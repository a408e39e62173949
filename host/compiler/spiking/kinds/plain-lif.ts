/** IF and LIF in one pass, for the MVP build: see assembly/neurons/lif.ts. */
import { at } from "../../../model/at.ts";
import type { FixedMembrane } from "../../../spiking/kinds/membrane.ts";
import { integerAt } from "../../../spiking/quantise-numbers.ts";
import type { Draft } from "../draft.ts";
import {
  type PopulationMemory,
  potentialOf,
  restEach,
  sharedRest,
  spikesOf,
  turnRing,
} from "../population.ts";

/**
 * One receptor without memory, one set of parameters, a reset at once. The refractory are put back to the reset: by
 * subtraction there would be none. The SIMD build has vectors for these neurons, and the same state.
 */
export function isPlainLif(p: FixedMembrane): boolean {
  const [receptor, ...others] = p.receptors;
  if (!receptor || others.length > 0 || receptor.decay !== null) return false;
  // boards fault at words that do not lie on eight bytes, as slots of an odd number of sums
  if (receptor.slots > 1 && p.n % 2 !== 0) return false;
  const rule = p.resetRule === "zero" || (p.resetRule === "subtract" && p.refractorySteps === 0);
  const shared = [p.decay.mantissa, p.constant, p.threshold, p.reset, receptor.constant];
  return rule && shared.every((values) => typeof values === "number");
}

export function stepPlainLif(draft: Draft, p: FixedMembrane, memory: PopulationMemory): void {
  const [ring, receptor] = [at(memory.rings, 0), at(p.receptors, 0)];
  draft.step.push({
    ...{ file: "neurons/lif", entry: "lif", comment: `lif ${p.name}` },
    args: [
      ...[potentialOf(memory), at(memory.currents, 0), ring.ring, ring.position ?? 0, ring.slots],
      ...[integerAt(receptor.constant, 0), receptor.bounded ? 1 : 0],
      ...[integerAt(p.decay.mantissa, 0), p.decay.shift],
      ...[p.constant, p.threshold, p.reset].map((values) => integerAt(values, 0)),
      ...[p.resetRule === "subtract" ? 1 : 0, memory.refractory, sharedRest(p)],
      ...[spikesOf(memory), memory.list, p.n, draft.counters],
    ],
  });
  restEach(draft, p, memory);
  turnRing(draft, p, ring);
}
