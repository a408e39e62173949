/** Memory of populations: what most kinds keep, in 32 bits. */
import type { FixedBase, FixedReceptor, Integers } from "../../spiking/fixed-network.ts";
import { integerAt } from "../../spiking/quantise-numbers.ts";
import type { Draft, Ref } from "./draft.ts";
import { type EventMemory, type EventPlace, placeEvents } from "./events.ts";

/** Where the synapses of a receptor add to. */
export type RingMemory = {
  readonly ring: Ref;
  /** of the slot that is due; null where there is only one */
  readonly position: Ref | null;
  readonly slots: number;
  /** sums of 16 bits, see lanes.ts */
  readonly lanes: boolean;
};

export type PopulationMemory = EventMemory & {
  readonly rings: readonly RingMemory[];
  /** i32[n] per receptor */
  readonly currents: readonly Ref[];
  /** steps left of every neuron, or the queue of a fused population; 0: no refractory time */
  readonly refractory: Ref | 0;
  /** i32[n] of each variable beside v, in the order of the kind's row */
  readonly beside: readonly Ref[];
  /** u8[n], 1 for the refractory neurons of a fused population */
  readonly frozen: Ref | 0;
};

/** Currents and sums on their way, v, refractory times, what stands beside v, events. */
export function placePopulation(draft: Draft, p: FixedBase, place: EventPlace): PopulationMemory {
  const currents = placeCurrents(draft, p);
  const rings = p.receptors.map((receptor) => placeRing(draft, p, receptor));
  const potential = placePotential(draft, p);
  const refractory = hasRest(p) ? placeWords(draft, p, "refractory", 0, 1) : 0;
  const beside = p.variables.flatMap(({ name, initial }) =>
    name === "v" ? [] : [placeWords(draft, p, name, initial)],
  );
  const events = placeEvents(draft, p, place);
  return { ...events, potential, rings, currents, refractory, beside, frozen: 0 };
}

/** Whether any of its neurons is refractory after a spike. */
export const hasRest = ({ refractorySteps }: FixedBase): boolean =>
  typeof refractorySteps === "number"
    ? refractorySteps > 0
    : refractorySteps.some((steps) => steps > 0);

/** What kernels that know one refractory time take: with one for each neuron, any that is not 0. */
export const sharedRest = ({ refractorySteps }: FixedBase): number =>
  typeof refractorySteps === "number" ? refractorySteps : 1;

/** After the neurons' own kernel: those who fired rest as long as each of them does. */
export function restEach(draft: Draft, p: FixedBase, { refractory, list }: PopulationMemory): void {
  const { refractorySteps } = p;
  if (typeof refractorySteps === "number" || refractory === 0) return;
  draft.step.push({
    ...{ file: "neurons/rest", entry: "restEach", comment: `${p.name}: refractory times` },
    args: [list, refractory, draft.constant(refractorySteps)],
  });
}

/** i32[n] of state that the manifest lists. */
export function placeWords(
  draft: Draft,
  p: FixedBase,
  name: string,
  initial: Integers,
  scale = 2 ** -p.fractionBits,
): Ref {
  const reading = { dtype: "i32", scale, shape: p.shape } as const;
  const words = draft.named("state", `${p.name}.${name}`, 4 * p.n, reading);
  initialise(draft, words, initial, p);
  return words;
}

export function placePotential(draft: Draft, p: FixedBase): Ref | null {
  const v = p.variables.find(({ name }) => name === "v");
  return v ? placeWords(draft, p, "v", v.initial) : null;
}

export function placeCurrents(draft: Draft, p: FixedBase): readonly Ref[] {
  const unit = 2 ** -p.fractionBits;
  return p.receptors.map(({ name, gain }) => {
    const scale = typeof gain === "number" && gain !== 0 ? unit / gain : unit;
    return placeWords(draft, p, p.receptors.length === 1 ? "s" : name, 0, scale);
  });
}

export function placeRing(draft: Draft, p: FixedBase, receptor: FixedReceptor): RingMemory {
  const { slots } = receptor;
  const scale = 2 ** -p.fractionBits;
  const name = `${p.name}.${receptor.name}.arriving`;
  const ring = draft.named("state", name, 4 * p.n * slots, {
    ...{ dtype: "i32", scale, shape: [slots, ...p.shape] },
  });
  if (receptor.lateConstant !== 0) {
    const opposite = Int32Array.from(
      { length: p.n },
      (_, k) => -integerAt(receptor.lateConstant, k),
    );
    initialise(draft, ring, opposite, p);
  }
  if (slots === 1) return { ring, position: null, slots, lanes: false };
  const position = draft.named("state", `${p.name}.${receptor.name}.slot`, 8, {
    ...{ dtype: "i32", scale: 1, shape: [2] },
  });
  return { ring, position, slots, lanes: false };
}

/** The ring goes on by a slot, once everything has acted. */
export function turnRing(draft: Draft, p: FixedBase, { position, slots }: RingMemory): void {
  if (position === null) return;
  draft.last.push({
    ...{ file: "fixed/ring", entry: "turn", args: [position, slots], comment: p.name },
  });
}

function initialise(draft: Draft, place: Ref, initial: Integers, p: FixedBase): void {
  if (initial === 0) return;
  const uniform = typeof initial === "number";
  draft.init.push({
    file: "fixed/fill",
    entry: uniform ? "fillI32" : "copyBytes",
    args: uniform ? [place, initial, p.n] : [draft.constant(initial), place, 4 * p.n],
    comment: `${p.name} at the start`,
  });
}

/** Parameters side by side, i32[1 or n][columns]: once where all neurons share them. */
export function records(
  columns: readonly Integers[],
  n: number,
): { readonly words: Int32Array; readonly stride: number } {
  const uniform = columns.every((column) => typeof column === "number");
  const rows = uniform ? 1 : n;
  const words = new Int32Array(rows * columns.length);
  columns.forEach((column, c) => {
    for (let k = 0; k < rows; k++) words[k * columns.length + c] = integerAt(column, k);
  });
  return { words, stride: uniform ? 0 : 4 * columns.length };
}

/** Where the potential stands, of a kind that has one. */
export function potentialOf({ potential }: EventMemory): Ref {
  return potential ?? missing("potential");
}

/** Where the spikes stand, of a kind that has some. */
export function spikesOf({ spikes }: EventMemory): Ref {
  return spikes ?? missing("spikes");
}

export const missing = (what: string): never => {
  throw new Error(`no memory for ${what}`);
};
