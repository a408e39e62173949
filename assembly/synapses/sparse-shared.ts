import { count, SYNAPTIC_EVENTS } from "../fixed/count";
import { EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";
import { slot } from "../fixed/ring";

/**
 * A projection by lists whose synapses all have one weight: what an event adds is the same for its whole row, and a
 * synapse is its target. A quarter or a half of the bytes of sparse(), and less work for each.
 *
 * @param events  counts, see fixed/event-list.ts
 * @param rows    u32[pre + 1]: targets of neuron k are rows[k] to rows[k + 1] − 1
 * @param targets T[]: u8 or u16
 * @param weight  of one spike, in units of the target's format
 * @param ring    i32[slots][n], see fixed/ring.ts. |sum| < 2^31 is proven by the host
 */
export function sparseShared<T>(
  events: usize,
  rows: usize,
  targets: usize,
  weight: i32,
  ring: usize,
  position: usize,
  ahead: i32,
  slots: i32,
  n: i32,
  counters: usize,
): void {
  const target = slot(ring, position, ahead, slots, n);
  const last = eventsEnd(events);
  let met: i64 = 0;
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    const more = load<i32>(e, 4) * weight;
    const row = rows + (usize(load<i32>(e)) << 2);
    const start = load<u32>(row);
    const length = load<u32>(row, 4) - start;
    met += i64(length);
    let s = targets + usize(start) * sizeof<T>();
    const end = s + usize(length) * sizeof<T>();
    // four at a time: interpreters pay for every round of a loop
    for (const whole = s + usize(length & -4) * sizeof<T>(); s < whole; s += 4 * sizeof<T>()) {
      add<T>(target, s, more);
      add<T>(target, s + sizeof<T>(), more);
      add<T>(target, s + 2 * sizeof<T>(), more);
      add<T>(target, s + 3 * sizeof<T>(), more);
    }
    for (; s < end; s += sizeof<T>()) add<T>(target, s, more);
  }
  if (met) count(counters + SYNAPTIC_EVENTS, met);
}

function add<T>(target: usize, synapse: usize, more: i32): void {
  const t = target + (usize(load<T>(synapse)) << 2);
  store<i32>(t, load<i32>(t) + more);
}
