/** What every event node keeps for the step in which it acts: the list of its events, and its spikes as bytes. */
import type { FixedEvent } from "../../spiking/fixed-network.ts";
import type { Draft, Ref } from "./draft.ts";

export type EventMemory = {
  /** see assembly/fixed/event-list.ts */
  readonly list: Ref;
  /** u8[n]: spikes or counts. Null for inputs and value outputs */
  readonly spikes: Ref | null;
  /** i32[n] of a population that keeps a potential */
  readonly potential: Ref | null;
};

const LIST_HEAD_BYTES = 8;
const EVENT_BYTES = 8;

type Node = { readonly name: string; readonly shape: readonly number[]; readonly n: number };

export type EventPlace = {
  /** false for value outputs and inputs, which have no spikes of their own to show */
  readonly spiking: boolean;
  /** something reads the list before this node's turn comes again: it is state */
  readonly kept: boolean;
  /** where the network gives out this node's spikes: they stand nowhere else */
  readonly output: Ref | null;
};

export function placeEvents(
  draft: Draft,
  { name, shape, n }: Node,
  { spiking, kept, output }: EventPlace,
): Pick<EventMemory, "list" | "spikes"> {
  const bytes = LIST_HEAD_BYTES + n * EVENT_BYTES;
  const list = kept
    ? draft.named("state", `${name}.events`, bytes, {
        ...{ dtype: "i32", scale: 1, shape: [bytes / 4] },
      })
    : draft.block("activation", bytes);
  if (!spiking) return { list, spikes: null };
  const reading = { dtype: "u8", scale: 1, shape } as const;
  const entry = `${name}.spikes`;
  if (output) draft.name(entry, output, n, reading);
  return { list, spikes: output ?? draft.named("activation", entry, n, reading) };
}

/** Empties the list and the spikes at the start of the node's turn. */
export function clearEvents(
  draft: Draft,
  { name, n }: Node,
  { list, spikes }: { readonly list: Ref | null; readonly spikes: Ref | null },
): void {
  const clear = (at: Ref, bytes: number) =>
    draft.step.push({
      ...{ file: "fixed/fill", entry: "zero", args: [at, bytes], comment: `${name}: silent` },
    });
  if (list) clear(list, LIST_HEAD_BYTES);
  if (spikes) clear(spikes, n);
}

type InputEvent = Extract<FixedEvent, { kind: "input" }>;

export type InputMemory = EventMemory & { readonly input: Ref };

/** @param encoded where a front end puts its counts; null: the module's input */
export function placeInput(
  draft: Draft,
  event: InputEvent,
  place: EventPlace,
  encoded: Ref | null,
): InputMemory {
  const { name, shape, n, values, scale } = event;
  const reading = { dtype: values ? ("i16" as const) : ("u8" as const), scale, shape };
  const input = encoded ?? draft.named("input", name, values ? 2 * n : n, reading, 1);
  return { ...placeEvents(draft, event, { ...place, spiking: false }), potential: null, input };
}

/** Reads an input buffer into a list. */
export function stepInput(draft: Draft, event: InputEvent, { input, list }: InputMemory): void {
  draft.step.push({
    file: "neurons/input",
    entry: event.values ? "inputValues" : "inputCounts",
    args: [input, event.n, list],
    comment: `input ${event.name}`,
  });
}
