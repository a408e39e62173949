/** Every kind of neuron as memory and calls, one row each: a kind that has none does not build. */
import type { NeuronKind } from "../../../model/spiking-graph.ts";
import type { Build } from "../../../module/manifest.ts";
import type { FixedOf, FixedPopulation } from "../../../spiking/kinds/index.ts";
import type { Draft } from "../draft.ts";
import { clearEvents } from "../events.ts";
import type { PopulationMemory } from "../population.ts";
import { adaptiveLif } from "./adaptive-lif.ts";
import { izhikevich } from "./izhikevich.ts";
import { membrane } from "./membrane.ts";
import { perceptron } from "./perceptron.ts";
import { qif } from "./qif.ts";
import type { KindLowering } from "./row.ts";
import { threshold } from "./threshold.ts";

/** One row for each kind; none may be missing. */
export type KindLowerings<K extends NeuronKind = NeuronKind> = {
  readonly [Each in K]: KindLowering<FixedOf<Each>>;
};

const LOWERINGS: KindLowerings = {
  Threshold: threshold,
  I: membrane,
  IF: membrane,
  LI: membrane,
  LIF: membrane,
  CubaLI: membrane,
  CubaLIF: membrane,
  AdaptiveLIF: adaptiveLif,
  Izhikevich: izhikevich,
  Perceptron: perceptron,
  QIF: qif,
};

export const loweringOf = ({ kind }: FixedPopulation): KindLowering<FixedPopulation> =>
  LOWERINGS[kind];

export function stepPopulation(
  draft: Draft,
  p: FixedPopulation,
  memory: PopulationMemory,
  build: Build,
): void {
  // lanes write the list anew
  clearEvents(draft, p, p.lanes ? { ...memory, list: null } : memory);
  loweringOf(p).step(draft, p, memory, build);
}
