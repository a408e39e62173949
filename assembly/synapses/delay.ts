import { count, SATURATIONS } from "../fixed/count";
import { append, closeEvents, EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";

/**
 * Delay: events wait in a ring of as many slots as the longest delay has steps. A slot is one bit per neuron, or a byte
 * where events carry counts. `position` is the slot that is due; recall() empties it.
 */

/** Where the events stored for `steps` from now lie; steps ≤ slots. */
function slotAt(ring: usize, position: usize, steps: i32, slots: i32, bytes: i32): usize {
  let k = load<i32>(position) + steps;
  if (k >= slots) k -= slots;
  return ring + usize(k) * usize(bytes);
}

/** @param slotBytes bytes of a slot, a multiple of 8: one bit per neuron */
export function recallBits(
  ring: usize,
  position: usize,
  slots: i32,
  slotBytes: i32,
  spikes: usize,
  events: usize,
): void {
  const due = slotAt(ring, position, 0, slots, slotBytes);
  let next = events + EVENTS;
  for (let byte = 0; byte < slotBytes; byte += 8) {
    let word = load<u64>(due + byte);
    if (word === 0) continue;
    store<u64>(due + byte, 0);
    for (; word !== 0; word &= word - 1) {
      const k = (byte << 3) + i32(ctz(word));
      store<u8>(spikes + k, 1);
      next = append(next, k, 1);
    }
  }
  closeEvents(events, next);
}

/**
 * @param source events of spikes
 * @param steps  i32[1 or n]: delays
 * @param stride 4, or 0 where all share one
 */
export function storeBits(
  source: usize,
  ring: usize,
  position: usize,
  slots: i32,
  slotBytes: i32,
  steps: usize,
  stride: i32,
): void {
  const last = eventsEnd(source);
  for (let e = source + EVENTS; e < last; e += EVENT_BYTES) {
    const k = load<i32>(e);
    const to = slotAt(ring, position, load<i32>(steps + k * stride), slots, slotBytes);
    const byte = to + (k >> 3);
    store<u8>(byte, i32(load<u8>(byte)) | (1 << (k & 7)));
  }
}

/**
 * @param slotBytes bytes of a slot, a multiple of 8: one byte per neuron
 * @param counts    u8[n], 0 before the call
 */
export function recallCounts(
  ring: usize,
  position: usize,
  slots: i32,
  slotBytes: i32,
  counts: usize,
  events: usize,
): void {
  const due = slotAt(ring, position, 0, slots, slotBytes);
  let next = events + EVENTS;
  for (let k = 0; k < slotBytes; k += 8) {
    const word = load<u64>(due + k);
    if (word === 0) continue;
    for (let i = k; i < k + 8; ++i) {
      const value = i32(load<u8>(due + i));
      if (value === 0) continue;
      // byte by byte, and no zeros: counts may lie at any address of the output, and what is beyond n belongs to others
      store<u8>(counts + i, value);
      next = append(next, i, value);
    }
    store<u64>(due + k, 0);
  }
  closeEvents(events, next);
}

/** Counts above 255 are held there, which counts as a saturation. Arguments as storeBits. */
export function storeCounts(
  source: usize,
  ring: usize,
  position: usize,
  slots: i32,
  slotBytes: i32,
  steps: usize,
  stride: i32,
  counters: usize,
): void {
  const last = eventsEnd(source);
  for (let e = source + EVENTS; e < last; e += EVENT_BYTES) {
    const k = load<i32>(e);
    const value = load<i32>(e, 4);
    const to = slotAt(ring, position, load<i32>(steps + k * stride), slots, slotBytes);
    if (value > 255) count(counters + SATURATIONS, 1);
    store<u8>(to + k, min(value, 255));
  }
}
