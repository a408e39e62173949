/** What arrives in a step, and what is left of it: the sum of the receptors that a neuron's own call takes. */
import { at } from "../../model/at.ts";
import type { Build } from "../../module/manifest.ts";
import type { FixedBase } from "../../spiking/fixed-network.ts";
import type { Draft, Ref } from "./draft.ts";
import { type PopulationMemory, records, turnRing } from "./population.ts";

/** @returns i32[n], in scratch */
export function stepReceptors(
  draft: Draft,
  p: FixedBase,
  { rings, currents }: PopulationMemory,
  build: Build,
): Ref {
  const total = draft.scratch(4 * p.n);
  if (p.receptors.length === 0) {
    draft.step.push({
      ...{ file: "fixed/fill", entry: "fillI32", args: [total, 0, p.n], comment: p.name },
    });
  }
  p.receptors.forEach(({ name, decay, constant, limit }, k) => {
    const memory = at(rings, k);
    const { words, stride } = records([decay?.mantissa ?? 0, constant], p.n);
    const comment = `receptor ${name} of ${p.name}`;
    const { ring, position, slots } = memory;
    const places = [at(currents, k), ring, position ?? 0, slots, total] as const;
    const first = k === 0 ? 1 : 0;
    const parameters = draft.constant(words);
    if (build === "simd" && decay && stride === 0) {
      draft.step.push({
        ...{ file: "neurons/receptor.simd", entry: "receptor", comment },
        args: [...places, parameters, p.n, draft.counters],
        shape: {
          ...{ MANTISSA: at(words, 0), SHIFT: decay.shift, CONSTANT: at(words, 1) },
          ...{ RECEPTOR_LIMIT: limit, FIRST: first },
        },
      });
    } else {
      draft.step.push({
        ...{ file: "neurons/receptor", entry: decay ? "receptor" : "memoryless", comment },
        args: [
          ...[...places, first, parameters, stride],
          ...(decay ? [decay.shift] : []),
          ...[limit, p.n, draft.counters],
        ],
      });
    }
    turnRing(draft, p, memory);
  });
  return total;
}
