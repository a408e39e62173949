/** How a kind of neuron becomes memory and calls. Methods, as in spiking/kinds/row.ts. */
import type { Build } from "../../../module/manifest.ts";
import type { FixedBase } from "../../../spiking/fixed-network.ts";
import type { Draft, SpikingArg } from "../draft.ts";
import type { EventPlace } from "../events.ts";
import type { PopulationMemory } from "../population.ts";

/** @param F its population in integers */
export type KindLowering<F extends FixedBase> = {
  /** State with its values at the start, and where its events stand. */
  place(draft: Draft, p: F, place: EventPlace): PopulationMemory;
  /** The calls of one step; its events and spikes have been emptied. */
  step(draft: Draft, p: F, memory: PopulationMemory, build: Build): void;
};

/** A call of the kernel assembly/neurons/FILE.ts. */
export function callNeurons(
  draft: Draft,
  p: FixedBase,
  file: string,
  entry: string,
  args: readonly SpikingArg[],
): void {
  draft.step.push({ file: `neurons/${file}`, entry, args, comment: `${p.kind} ${p.name}` });
}
