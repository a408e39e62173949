import { EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";

/**
 * Refractory times that differ from neuron to neuron: after a kernel that knows only one, those who fired rest as long
 * as each of them does.
 *
 * @param events     who fired in this step, see fixed/event-list.ts
 * @param refractory i32[n]: steps in which v still stays
 * @param steps      i32[n]: what a spike makes of it, 0 or more
 */
export function restEach(events: usize, refractory: usize, steps: usize): void {
  for (let e = events + EVENTS, end = eventsEnd(events); e < end; e += EVENT_BYTES) {
    const at = usize(load<i32>(e)) << 2;
    store<i32>(refractory + at, load<i32>(steps + at));
  }
}
