/** Receptors and membrane in one pass, for large populations: see assembly/neurons/cuba-lif.ts. */
import { at } from "../../../model/at.ts";
import type { Build } from "../../../module/manifest.ts";
import type { FixedMembrane } from "../../../spiking/kinds/membrane.ts";
import { integerAt } from "../../../spiking/quantise-numbers.ts";
import type { Draft, Ref } from "../draft.ts";
import { type EventPlace, placeEvents } from "../events.ts";
import {
  hasRest,
  type PopulationMemory,
  placeCurrents,
  placePotential,
  placeRing,
  potentialOf,
  type RingMemory,
  spikesOf,
  turnRing,
} from "../population.ts";
import { callNeurons } from "./row.ts";

/** What is left of a current is kept for the next step; synapses add to it itself, unless they have delays. */
export function placeFused(draft: Draft, p: FixedMembrane, place: EventPlace): PopulationMemory {
  const currents = placeCurrents(draft, p);
  const rings = p.receptors.map(
    (receptor, k): RingMemory =>
      receptor.slots === 1
        ? { ring: at(currents, k), position: null, slots: 1, lanes: false }
        : placeRing(draft, p, receptor),
  );
  const potential = placePotential(draft, p);
  const resting = hasRest(p);
  const refractory = resting ? placeQueue(draft, p) : 0;
  const events = placeEvents(draft, p, place);
  const frozen = resting
    ? draft.named("state", `${p.name}.frozen`, p.n, { dtype: "u8", scale: 1, shape: p.shape })
    : 0;
  return { ...events, potential, rings, currents, refractory, beside: [], frozen };
}

/** Who waits for the end of the refractory time. */
function placeQueue(draft: Draft, p: FixedMembrane): Ref {
  const length = 4 + integerAt(p.refractorySteps, 0) + p.n;
  return draft.named("state", `${p.name}.refractory`, 4 * length, {
    ...{ dtype: "i32", scale: 1, shape: [length] },
  });
}

export function stepFused(
  draft: Draft,
  p: FixedMembrane,
  memory: PopulationMemory,
  build: Build,
): void {
  const { currents, rings, refractory, frozen, list } = memory;
  const [potential, spikes] = [potentialOf(memory), spikesOf(memory)];
  rings.forEach((own, k) => {
    const { ring, position, slots } = own;
    if (position === null) return;
    callNeurons(draft, p, "arrive", "arrive", [at(currents, k), ring, position, slots, p.n]);
    turnRing(draft, p, own);
  });
  const two = p.receptors.length - 1;
  const decays = [p.decay, ...p.receptors.map(({ decay }) => decay ?? NO_DECAY), NO_DECAY];
  const numbers = decays
    .slice(0, 3)
    .flatMap(({ mantissa, shift }) => [integerAt(mantissa, 0), shift]);
  const [kv, shiftV, k0, shift0, k1, shift1] = numbers as Six;
  const shared = [p.constant, p.threshold, p.reset].map((values) => integerAt(values, 0));
  const dropped = droppedOf(p);
  const parameters = Int32Array.from([
    ...[...numbers, ...shared, integerAt(p.refractorySteps, 0), ...dropped],
  ]);
  const [s0, s1] = [at(currents, 0), at(currents, two)];
  const rest = [refractory, frozen, draft.constant(parameters), spikes, list] as const;
  if (build === "mvp") {
    callNeurons(draft, p, "cuba-lif", "cubaLif", [
      ...[potential, s0, s1, two, ...rest, p.n, draft.counters],
    ]);
    return;
  }
  const [constant, threshold] = [at(shared, 0), at(shared, 1)];
  // read from memory, since V8 rebuilds vector literals in every round of a loop
  const four = (values: readonly number[]) =>
    draft.constant(Int32Array.from(values.flatMap((value) => [value, value, value, value])), 16);
  const short = p.dropped !== null;
  const mantissas = [kv, k0, k1];
  const shifts = [shiftV, shift0, shift1].map((x, k) => x - (short ? at(dropped, k) : HALF));
  const halfOf = (k: number) => 2 ** (at(shifts, k) - 1);
  const vectors = short
    ? [constant, threshold, ...mantissas.flatMap((m, k) => [m, (m >> 1) + halfOf(k)])]
    : [0x8000, constant, threshold, ...mantissas.flatMap((m, k) => [m, m << 16, halfOf(k)])];
  draft.step.push({
    file: short ? "neurons/cuba-lif-short.simd" : "neurons/cuba-lif.simd",
    entry: short ? "cubaLifShort" : "cubaLif",
    comment: `fused ${p.name}`,
    args: [...[potential, s0, s1, ...rest], ...[four(vectors), p.n, draft.counters]],
    shape: {
      ...{ SHIFT_V: at(shifts, 0), SHIFT_0: at(shifts, 1), SHIFT_1: at(shifts, 2) },
      ...(short && {
        ...{ DROPPED_V: at(dropped, 0), DROPPED_0: at(dropped, 1), DROPPED_1: at(dropped, 2) },
      }),
      ...{ RECEPTORS: two + 1, CONSTANT: constant },
    },
  });
}

/** Of v and the currents; 0: none, and products are of two halves. */
function droppedOf({ dropped, receptors }: FixedMembrane): readonly number[] {
  if (dropped === null) return [0, 0, 0];
  return [dropped.v, at(dropped.receptors, 0), at(dropped.receptors, receptors.length - 1)];
}

/** Bits of a half. */
const HALF = 16;

type Six = [number, number, number, number, number, number];

const NO_DECAY = { mantissa: 0, shift: 17 } as const;
