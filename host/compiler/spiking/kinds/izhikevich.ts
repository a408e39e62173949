/** Izhikevich: v and u in one call; receptors too where steps are milliseconds. */
import { at } from "../../../model/at.ts";
import type { FixedIzhikevich } from "../../../spiking/kinds/izhikevich.ts";
import type { Draft } from "../draft.ts";
import {
  type PopulationMemory,
  placePopulation,
  potentialOf,
  records,
  spikesOf,
  turnRing,
} from "../population.ts";
import { stepReceptors } from "../receptors.ts";
import { callNeurons, type KindLowering } from "./row.ts";

export const izhikevich: KindLowering<FixedIzhikevich> = {
  place: placePopulation,
  step(draft, p, memory, build) {
    if (takesMilliseconds(p)) {
      stepMillisecond(draft, p, memory);
      return;
    }
    const total = stepReceptors(draft, p, memory, build);
    const { words, stride } = records([...columnsOf(p), 0, 0], p.n);
    callNeurons(draft, p, "izhikevich", "izhikevich", [
      ...[potentialOf(memory), at(memory.beside, 0), total, p.fractionBits],
      ...[draft.constant(words), stride, p.step, p.coarse ? 1 : 0],
      ...[spikesOf(memory), memory.list, p.n, draft.counters],
    ]);
  },
};

const columnsOf = (p: FixedIzhikevich) => [p.constant, p.a, p.b, p.c, p.d, p.threshold] as const;

/** Half a millisecond · 2^26: each of the two half steps of v. */
const HALF_MILLISECOND = 2 ** 25;
/** 1/2 in the formats of a and b. */
const HALF_A = 2 ** 29;
const HALF_B = 2 ** 23;

/** What assembly/neurons/izhikevich-millisecond.ts asks for: its bounds stand there. */
function takesMilliseconds(p: FixedIzhikevich): boolean {
  const [receptor, ...others] = p.receptors;
  if (!receptor || others.length > 0 || receptor.decay !== null || !receptor.bounded) return false;
  const shared = [...columnsOf(p), receptor.constant].every((column) => typeof column === "number");
  const { a, b } = p;
  if (!shared || typeof a !== "number" || typeof b !== "number") return false;
  const within = a >= 0 && a < HALF_A && Math.abs(b) < HALF_B;
  return p.coarse && p.step === HALF_MILLISECOND && within;
}

function stepMillisecond(draft: Draft, p: FixedIzhikevich, memory: PopulationMemory): void {
  const [own, receptor] = [at(memory.rings, 0), at(p.receptors, 0)];
  const { words } = records([...columnsOf(p), receptor.constant], p.n);
  callNeurons(draft, p, "izhikevich-millisecond", "izhikevichMillisecond", [
    ...[potentialOf(memory), at(memory.beside, 0), at(memory.currents, 0)],
    ...[own.ring, own.position ?? 0, own.slots, p.fractionBits, draft.constant(words)],
    ...[spikesOf(memory), memory.list, p.n, draft.counters],
  ]);
  turnRing(draft, p, own);
}
