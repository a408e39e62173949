import { contribution } from "../fixed/contribution";
import { count, SYNAPTIC_EVENTS } from "../fixed/count";
import { EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";
import { slot } from "../fixed/ring";

/**
 * A projection by lists. For every event, the row of its neuron is added to the targets; silence costs nothing.
 *
 *     bit  0             16           31
 *          target u16    weight i16
 *
 * @param events   counts, see fixed/event-list.ts
 * @param rows     u32[pre + 1]: synapses of neuron k are rows[k] to rows[k + 1] − 1
 * @param synapses u32[]
 * @param ring     i32[slots][n], see fixed/ring.ts. |sum| < 2^31 is proven by the host
 */
export function sparse(
  events: usize,
  rows: usize,
  synapses: usize,
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
  let met: i64 = 0;
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    const factor = load<i32>(e, 4) << exponent;
    const row = rows + (usize(load<i32>(e)) << 2);
    let s = synapses + (usize(load<u32>(row)) << 2);
    const end = synapses + (usize(load<u32>(row, 4)) << 2);
    met += i64((end - s) >> 2);
    for (; s < end; s += 4) {
      const synapse = load<u32>(s);
      const t = target + (usize(synapse & 0xffff) << 2);
      store<i32>(t, load<i32>(t) + (i32(synapse) >> 16) * factor);
    }
  }
  if (met) count(counters + SYNAPTIC_EVENTS, met);
}

/**
 * The same with a delay for every synapse.
 *
 * @param delays u8[], steps on top of `ahead`; delay + ahead ≤ slots
 */
export function sparseDelayed(
  events: usize,
  rows: usize,
  synapses: usize,
  delays: usize,
  exponent: i32,
  ring: usize,
  position: usize,
  ahead: i32,
  slots: i32,
  n: i32,
  counters: usize,
): void {
  const last = eventsEnd(events);
  const now = load<i32>(position) + ahead;
  let met: i64 = 0;
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    const factor = load<i32>(e, 4) << exponent;
    const row = rows + (usize(load<i32>(e)) << 2);
    const start = load<i32>(row);
    const end = load<i32>(row, 4);
    met += i64(end - start);
    for (let k = start; k < end; ++k) {
      const synapse = load<u32>(synapses + (usize(k) << 2));
      let due = now + i32(load<u8>(delays + usize(k)));
      if (due >= slots) due -= slots;
      const t = ring + ((usize(due) * usize(n) + usize(synapse & 0xffff)) << 2);
      store<i32>(t, load<i32>(t) + (i32(synapse) >> 16) * factor);
    }
  }
  if (met) count(counters + SYNAPTIC_EVENTS, met);
}

/**
 * The form for what those two do not take: more than 65,536 targets, or events with values.
 *
 * @param targets u32[]
 * @param weights i16[]
 * @param delays  u8[], or 0: none
 * @param shift   see fixed/contribution.ts
 * @param values  1 where events carry values
 */
export function sparseWide(
  events: usize,
  rows: usize,
  targets: usize,
  weights: usize,
  delays: usize,
  shift: i32,
  values: i32,
  ring: usize,
  position: usize,
  ahead: i32,
  slots: i32,
  n: i32,
  counters: usize,
): void {
  const last = eventsEnd(events);
  const now = slots === 1 ? 0 : load<i32>(position) + ahead;
  let met: i64 = 0;
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    const value = load<i32>(e, 4);
    const row = rows + (usize(load<i32>(e)) << 2);
    const start = load<i32>(row);
    const end = load<i32>(row, 4);
    met += i64(end - start);
    for (let k = start; k < end; ++k) {
      let due = now + (delays ? i32(load<u8>(delays + usize(k))) : 0);
      if (due >= slots) due -= slots;
      const post = load<u32>(targets + (usize(k) << 2));
      const t = ring + ((usize(due) * usize(n) + usize(post)) << 2);
      const weight = i32(load<i16>(weights + (usize(k) << 1)));
      store<i32>(t, load<i32>(t) + contribution(value, weight, shift, values));
    }
  }
  if (met) count(counters + SYNAPTIC_EVENTS, met);
}
