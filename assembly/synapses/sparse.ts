import { contribution } from "../fixed/contribution";
import { count, SYNAPTIC_EVENTS } from "../fixed/count";
import { EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";
import { slot } from "../fixed/ring";

/**
 * A projection by lists. For every event, the row of its neuron is added to the targets; silence costs nothing.
 *
 * A synapse S is a u32, or a u16 where the weight is an i8 and the target below 256:
 *
 *     lower half   target, unsigned
 *     upper half   weight, signed
 *
 * @param events   counts, see fixed/event-list.ts
 * @param rows     u32[pre + 1]: synapses of neuron k are rows[k] to rows[k + 1] − 1
 * @param synapses S[]
 * @param ring     i32[slots][n], see fixed/ring.ts. |sum| < 2^31 is proven by the host
 */
export function sparse<S>(
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
    const start = load<u32>(row);
    const length = load<u32>(row, 4) - start;
    met += i64(length);
    let s = synapses + usize(start) * sizeof<S>();
    const end = s + usize(length) * sizeof<S>();
    // four at a time: interpreters pay for every round of a loop
    for (const whole = s + usize(length & -4) * sizeof<S>(); s < whole; s += 4 * sizeof<S>()) {
      add<S>(target, i32(load<S>(s)), factor);
      add<S>(target, i32(load<S>(s, sizeof<S>())), factor);
      add<S>(target, i32(load<S>(s, 2 * sizeof<S>())), factor);
      add<S>(target, i32(load<S>(s, 3 * sizeof<S>())), factor);
    }
    for (; s < end; s += sizeof<S>()) add<S>(target, i32(load<S>(s)), factor);
  }
  if (met) count(counters + SYNAPTIC_EVENTS, met);
}

function add<S>(target: usize, synapse: i32, factor: i32): void {
  const t = target + targetOf<S>(synapse);
  store<i32>(t, load<i32>(t) + weightOf<S>(synapse) * factor);
}

/** From a target's number to the bytes before it: i32[n]. */
function targetOf<S>(synapse: i32): usize {
  return usize(synapse & (sizeof<S>() === 4 ? 0xffff : 0xff)) << 2;
}

function weightOf<S>(synapse: i32): i32 {
  return sizeof<S>() === 4 ? synapse >> 16 : (synapse << 16) >> 24;
}

/**
 * Weights of 8 bits for more than 256 targets, which a u16 cannot hold together.
 *
 * @param targets u16[]
 * @param weights i8[]
 */
export function sparseApart(
  events: usize,
  rows: usize,
  targets: usize,
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
  let met: i64 = 0;
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    const factor = load<i32>(e, 4) << exponent;
    const row = rows + (usize(load<i32>(e)) << 2);
    const start = load<u32>(row);
    const length = load<u32>(row, 4) - start;
    met += i64(length);
    let to = targets + (usize(start) << 1);
    for (let w = weights + usize(start), end = w + usize(length); w < end; ++w) {
      const t = target + (usize(load<u16>(to)) << 2);
      store<i32>(t, load<i32>(t) + i32(load<i8>(w)) * factor);
      to += 2;
    }
  }
  if (met) count(counters + SYNAPTIC_EVENTS, met);
}

/**
 * sparse() with a delay for every synapse.
 *
 * @param delays u8[], steps on top of `ahead`; delay + ahead ≤ slots
 */
export function sparseDelayed<S>(
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
      const synapse = i32(load<S>(synapses + usize(k) * sizeof<S>()));
      let due = now + i32(load<u8>(delays + usize(k)));
      if (due >= slots) due -= slots;
      const t = ring + ((usize(due) * usize(n)) << 2) + targetOf<S>(synapse);
      store<i32>(t, load<i32>(t) + weightOf<S>(synapse) * factor);
    }
  }
  if (met) count(counters + SYNAPTIC_EVENTS, met);
}

/**
 * The form for what those do not take: more than 65,536 targets, or events with values; with delays, weights of 8 bits
 * for more than 256 targets as well.
 *
 * @param targets T[]: u16 or u32
 * @param weights W[]: i8 or i16
 * @param delays  u8[], or 0: none
 * @param shift   see fixed/contribution.ts
 * @param values  1 where events carry values
 */
export function sparseWide<T, W>(
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
      const post = load<T>(targets + usize(k) * sizeof<T>());
      const t = ring + ((usize(due) * usize(n) + usize(post)) << 2);
      const weight = i32(load<W>(weights + usize(k) * sizeof<W>()));
      store<i32>(t, load<i32>(t) + contribution(value, weight, shift, values));
    }
  }
  if (met) count(counters + SYNAPTIC_EVENTS, met);
}
