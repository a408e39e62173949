import { graded } from "../fixed/contribution";
import { count, SYNAPTIC_EVENTS } from "../fixed/count";
import { EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";
import { slot } from "../fixed/ring";

/**
 * Linear and Affine, with weights W: i8 or i16. The row of every event, times its value, is added to the targets. Silence costs nothing.
 *
 * @param events  counts, see fixed/event-list.ts
 * @param weights W[pre][n]
 * @param ring    i32[slots][n]; position, ahead and slots as in fixed/ring.ts. |sum| < 2^31 is proven by the host
 */
export function dense<W>(
  events: usize,
  weights: usize,
  exponent: i32,
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
    const factor = load<i32>(e, 4) << exponent;
    let w = weights + usize(load<i32>(e)) * usize(n) * sizeof<W>();
    for (let t = target, end = target + (usize(n) << 2); t < end; t += 4) {
      store<i32>(t, load<i32>(t) + factor * i32(load<W>(w)));
      w += sizeof<W>();
    }
  }
  const met = load<i32>(events);
  if (met) count(counters + SYNAPTIC_EVENTS, i64(met) * i64(n));
}

/** The same for values: (value · weight) / 2^shift, rounded half up one by one. */
export function denseGraded<W>(
  events: usize,
  weights: usize,
  shift: i32,
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
    const value = i64.load32_s(e, 4);
    let w = weights + usize(load<i32>(e)) * usize(n) * sizeof<W>();
    for (let t = target, end = target + (usize(n) << 2); t < end; t += 4) {
      store<i32>(t, load<i32>(t) + graded(value, i64(load<W>(w)), shift));
      w += sizeof<W>();
    }
  }
  const met = load<i32>(events);
  if (met) count(counters + SYNAPTIC_EVENTS, i64(met) * i64(n));
}
