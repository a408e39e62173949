/** Threshold: a comparison of what has arrived. */
import type { FixedThreshold } from "../../../spiking/kinds/threshold.ts";
import { placePopulation, records, spikesOf } from "../population.ts";
import { stepReceptors } from "../receptors.ts";
import { callNeurons, type KindLowering } from "./row.ts";

export const threshold: KindLowering<FixedThreshold> = {
  place: placePopulation,
  step(draft, p, memory, build) {
    const total = stepReceptors(draft, p, memory, build);
    const { words, stride } = records([0, p.constant, p.threshold, 0], p.n);
    callNeurons(draft, p, "threshold", "threshold", [
      ...[total, draft.constant(words), stride, spikesOf(memory), memory.list],
      ...[p.n, draft.counters],
    ]);
  },
};
