import { contribution } from "../fixed/contribution";
import { count, SYNAPTIC_EVENTS } from "../fixed/count";
import { EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";
import { slot } from "../fixed/ring";

/**
 * Scale, and neurons connected one to one.
 *
 * @param weights W[1 or n], W: i8 or i16
 * @param stride  bytes of a weight, or 0 where all share one
 * @param shift   see fixed/contribution.ts; `values` is 1 where events carry values
 * @param ring    i32[slots][n], see fixed/ring.ts
 */
export function diagonal<W>(
  events: usize,
  weights: usize,
  stride: i32,
  shift: i32,
  values: i32,
  ring: usize,
  position: usize,
  ahead: i32,
  slots: i32,
  n: i32,
  counters: usize,
): void {
  const target = slot(ring, position, ahead, slots, n);
  const last = eventsEnd(events);
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    const k = load<i32>(e);
    const weight = i32(load<W>(weights + k * stride));
    const t = target + (usize(k) << 2);
    store<i32>(t, load<i32>(t) + contribution(load<i32>(e, 4), weight, shift, values));
  }
  const met = load<i32>(events);
  if (met) count(counters + SYNAPTIC_EVENTS, i64(met));
}
