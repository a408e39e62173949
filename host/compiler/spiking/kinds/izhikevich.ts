/** Izhikevich: v and u in one call. */
import { at } from "../../../model/at.ts";
import type { FixedIzhikevich } from "../../../spiking/kinds/izhikevich.ts";
import { placePopulation, potentialOf, records, spikesOf } from "../population.ts";
import { stepReceptors } from "../receptors.ts";
import { callNeurons, type KindLowering } from "./row.ts";

export const izhikevich: KindLowering<FixedIzhikevich> = {
  place: placePopulation,
  step(draft, p, memory, build) {
    const total = stepReceptors(draft, p, memory, build);
    const { words, stride } = records([p.constant, p.a, p.b, p.c, p.d, p.threshold, 0, 0], p.n);
    callNeurons(draft, p, "izhikevich", "izhikevich", [
      ...[potentialOf(memory), at(memory.beside, 0), total, p.fractionBits],
      ...[draft.constant(words), stride, p.step, p.coarse ? 1 : 0],
      ...[spikesOf(memory), memory.list, p.n, draft.counters],
    ]);
  },
};
