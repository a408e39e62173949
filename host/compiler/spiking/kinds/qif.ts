/** QIF: the parabola, threshold and reset in one call. */
import type { FixedQif } from "../../../spiking/kinds/qif.ts";
import {
  placePopulation,
  potentialOf,
  records,
  restEach,
  sharedRest,
  spikesOf,
} from "../population.ts";
import { stepReceptors } from "../receptors.ts";
import { callNeurons, type KindLowering } from "./row.ts";

export const qif: KindLowering<FixedQif> = {
  place: placePopulation,
  step(draft, p, memory, build) {
    const total = stepReceptors(draft, p, memory, build);
    const columns = [p.g.mantissa, p.constant, p.rest, p.critical, p.threshold, p.reset];
    const { words, stride } = records(columns, p.n);
    callNeurons(draft, p, "qif", "qif", [
      ...[potentialOf(memory), total, memory.refractory, sharedRest(p)],
      ...[draft.constant(words), stride, p.g.shift],
      ...[spikesOf(memory), memory.list, p.n, draft.counters],
    ]);
    restEach(draft, p, memory);
  },
};
