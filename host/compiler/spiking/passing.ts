/** Event nodes without neurons: pools count events in windows, delays keep them for some steps. */
import { at } from "../../model/at.ts";
import type { FixedEvent } from "../../spiking/fixed-network.ts";
import type { Draft, Ref } from "./draft.ts";
import { clearEvents, type EventMemory, type EventPlace, placeEvents } from "./events.ts";
import { spikesOf } from "./population.ts";

type Pool = Extract<FixedEvent, { kind: "pool" }>;
type Delay = Extract<FixedEvent, { kind: "delay" }>;

export function placePool(draft: Draft, event: Pool, place: EventPlace): EventMemory {
  return { ...placeEvents(draft, event, place), potential: null };
}

export function stepPool(draft: Draft, event: Pool, memory: EventMemory, source: Ref): void {
  clearEvents(draft, event, memory);
  const window = Int32Array.from([
    ...[...event.inputShape.slice(1), at(event.shape, 1), at(event.shape, 2)],
    ...[...event.kernel, ...event.stride, ...event.padding],
  ]);
  const counts = draft.scratch(4 * event.n);
  draft.step.push({
    file: "synapses/pool",
    entry: "pool",
    args: [source, draft.constant(window), counts, spikesOf(memory), memory.list, event.n],
    comment: `pool ${event.name}`,
  });
}

export type DelayMemory = EventMemory & {
  readonly ring: Ref;
  readonly position: Ref;
  readonly slots: number;
  readonly slotBytes: number;
  /** one bit per event where the source gives spikes, one byte where it gives counts */
  readonly bits: boolean;
};

/** The ring has a slot for every step of the longest delay; one more where some events pass in their own step. */
export function placeDelay(
  draft: Draft,
  event: Delay,
  bits: boolean,
  place: EventPlace,
): DelayMemory {
  const slots = longest(event.steps) + (shortest(event.steps) === 0 ? 1 : 0);
  const slotBytes = 8 * Math.ceil(event.n / (bits ? 64 : 8));
  const ring = draft.named("state", `${event.name}.ring`, slots * slotBytes, {
    ...{ dtype: "u8", scale: 1, shape: [slots, slotBytes] },
  });
  const position = draft.named("state", `${event.name}.slot`, 8, {
    ...{ dtype: "i32", scale: 1, shape: [2] },
  });
  const events = placeEvents(draft, event, place);
  return { ...events, potential: null, ring, position, slots, slotBytes, bits };
}

export function stepDelay(draft: Draft, event: Delay, memory: DelayMemory, source: Ref): void {
  const { ring, position, slots, slotBytes, bits, list } = memory;
  const form = bits ? "Bits" : "Counts";
  const uniform = typeof event.steps === "number";
  const steps = Int32Array.from(typeof event.steps === "number" ? [event.steps] : event.steps);
  const call = { file: "synapses/delay", comment: `delay ${event.name}` };
  const store = {
    ...call,
    entry: `store${form}`,
    args: [
      ...[source, ring, position, slots, slotBytes, draft.constant(steps), uniform ? 0 : 4],
      ...(bits ? [] : [draft.counters]),
    ],
  };
  clearEvents(draft, event, memory);
  // what passes in its own step is stored before the slot is read; else when everything has acted
  const passes = shortest(event.steps) === 0;
  if (passes) draft.step.push(store);
  draft.step.push({
    ...call,
    entry: `recall${form}`,
    args: [ring, position, slots, slotBytes, spikesOf(memory), list],
  });
  if (!passes) draft.last.push(store);
  draft.last.push({ ...call, file: "fixed/ring", entry: "turn", args: [position, slots] });
}

const longest = (steps: number | Uint32Array): number =>
  typeof steps === "number" ? steps : steps.reduce((a, b) => Math.max(a, b), 0);

const shortest = (steps: number | Uint32Array): number =>
  typeof steps === "number"
    ? steps
    : steps.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
