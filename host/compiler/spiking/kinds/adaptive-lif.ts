/** AdaptiveLIF: fatigue before the membrane, recovery after it. */
import { at } from "../../../model/at.ts";
import type { FixedAdaptiveLif } from "../../../spiking/kinds/adaptive-lif.ts";
import { placePopulation, records, spikesOf } from "../population.ts";
import { stepReceptors } from "../receptors.ts";
import { stepMembrane } from "./membrane.ts";
import { callNeurons, type KindLowering } from "./row.ts";

export const adaptiveLif: KindLowering<FixedAdaptiveLif> = {
  place: placePopulation,
  step(draft, p, memory, build) {
    const total = stepReceptors(draft, p, memory, build);
    const w = at(memory.beside, 0);
    callNeurons(draft, p, "adaptive-lif", "fatigue", [total, w, p.n]);
    stepMembrane(draft, p, memory, total, build);
    const { words, stride } = records([p.decayW.mantissa, p.increment], p.n);
    callNeurons(draft, p, "adaptive-lif", "recover", [
      ...[w, spikesOf(memory), draft.constant(words), stride],
      ...[p.decayW.shift, p.n, draft.counters],
    ]);
  },
};
