/**
 * Saturations node by node. Kernels count them into one counter for the whole module; where more than one node can
 * saturate, the calls of each such node are followed by one that books to it what has come since the last. Where at
 * most one population can, nothing is added: the module's counter is that population's.
 */
import { at } from "../../model/at.ts";
import type { FixedEvent, FixedNetwork, FixedProjection } from "../../spiking/fixed-network.ts";
import type { Call, Draft, Ref } from "./draft.ts";

export type Tally = {
  /** the calls that `lower` adds, then the booking of what they saturate */
  readonly ofNode: (index: number, lower: () => void) => void;
  readonly ofProjection: (p: FixedProjection, lower: () => void) => void;
};

const NO_TALLY: Tally = {
  ofNode: (_, lower) => lower(),
  ofProjection: (_, lower) => lower(),
};

const U64_BYTES = 8;

export function placeTally(draft: Draft, network: FixedNetwork): Tally {
  const able = saturating(network);
  const lone = able.length === 1 && at(network.events, at(able, 0)).kind === "population";
  if (able.length === 0 || lone) return NO_TALLY;
  const bytes = U64_BYTES * (1 + able.length);
  const booked = draft.block("activation", bytes);
  const owns = new Map<number, Ref>();
  able.forEach((index, k) => {
    const own = { ...booked, offset: booked.offset + U64_BYTES * (1 + k) };
    owns.set(index, own);
    const name = `${at(network.events, index).name}.saturations`;
    draft.name(name, own, U64_BYTES, {}, "counters");
  });
  draft.init.push({
    ...{ file: "fixed/fill", entry: "zero", args: [booked, bytes] },
    comment: "saturations of each node",
  });
  const then = (index: number, lower: () => void) => {
    const own = owns.get(index);
    const lists = [draft.step, draft.last];
    const before = lists.map((calls) => calls.length);
    lower();
    if (!own) return;
    const comment = `saturations of ${at(network.events, index).name}`;
    lists.forEach((calls, k) => {
      if (!calls.slice(at(before, k)).some((call) => counts(call, draft))) return;
      const args = [draft.counters, booked, own];
      calls.push({ file: "fixed/tally", entry: "book", args, comment });
    });
  };
  return {
    ofNode: then,
    // counts are held as they are added, which is the target's saturation
    ofProjection: (p, lower) => (held(p) ? then(p.target, lower) : lower()),
  };
}

const counts = ({ args }: Call, { counters }: Draft): boolean => args.includes(counters);

const held = (p: FixedProjection): boolean => p.rule === null && p.mostCount !== null;

/** Of a delay, what storeCounts in assembly/synapses/delay.ts holds. */
const MOST_DELAYED = 255;

/** Nodes that can saturate. */
function saturating({ events, report }: FixedNetwork): number[] {
  const able = new Set(
    report.populations.flatMap(({ name, neverSaturates }) => (neverSaturates ? [] : [name])),
  );
  return events.flatMap((event, k) => {
    const can =
      event.kind === "delay"
        ? largestCount(events, event.source) > MOST_DELAYED
        : event.kind === "population" && able.has(event.name);
    return can ? [k] : [];
  });
}

/** What a node gives at most for an event; spikes are 1. */
function largestCount(events: readonly FixedEvent[], index: number): number {
  const event = at(events, index);
  switch (event.kind) {
    case "population":
      return 1;
    case "input":
      return event.maxCount;
    case "pool":
      return event.kernel[0] * event.kernel[1] * largestCount(events, event.source);
    case "delay":
      return Math.min(MOST_DELAYED, largestCount(events, event.source));
  }
}
