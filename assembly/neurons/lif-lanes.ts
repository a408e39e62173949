import { count, SPIKES } from "../fixed/count";
import { append, closeEvents, eventsEnd } from "../fixed/event-list";

/** Lanes 0 and 2 of a word, and the upper bit of every lane. */
const EVEN: u64 = 0x0000ffff0000ffff;
const TOP: u64 = 0x8000800080008000;

/**
 * IF and LIF in 16 bits: four neurons per i64, for interpreters that pay for every operation. A lane holds u = v + offset,
 * and what has arrived is above `rest`, so that neither is ever negative:
 *
 *     x = (u · factor >> 16) + arrived        spike where x > θ: u ← reset, or x − θ        arrived ← rest
 *
 * u · factor ≤ 2^15 · 2^16 fits the 32 bits of two lanes, so even and odd lanes are multiplied in two exact products.
 * `rest` holds the constants and what the leak takes from the offset. The host proves (model/lanes.ts) that every x
 * lies within 0 … 0x7fff: no sum reaches the next lane, nothing saturates, and the top bit is free for the test.
 *
 * @param v          u16[n], padded to a multiple of 16: what is beyond n lives like a neuron, but gives no event
 * @param arrived    u16[n], likewise
 * @param parameters u64[4]: factor, and in every lane rest, 0x7fff − θ, reset (or θ), with their offsets
 * @param subtract   1: a spike takes θ from x; 0: it leaves the reset
 * @param spikes     u8[n], 0 before the call
 */
export function lifLanes(
  v: usize,
  arrived: usize,
  parameters: usize,
  subtract: i32,
  spikes: usize,
  events: usize,
  n: i32,
  counters: usize,
): void {
  const factor = load<u64>(parameters);
  const rest = load<u64>(parameters, 8);
  const test = load<u64>(parameters, 16);
  const after = load<u64>(parameters, 24);
  const first = eventsEnd(events);
  let next = first;
  const start = v;
  const end = v + (usize((n + 15) & -16) << 1);
  do {
    let x = decay(load<u64>(v), factor) + load<u64>(arrived);
    store<u64>(arrived, rest);
    store<u64>(v, x);
    let above = x + test;
    x = decay(load<u64>(v, 8), factor) + load<u64>(arrived, 8);
    store<u64>(arrived, rest, 8);
    store<u64>(v, x, 8);
    above |= x + test;
    x = decay(load<u64>(v, 16), factor) + load<u64>(arrived, 16);
    store<u64>(arrived, rest, 16);
    store<u64>(v, x, 16);
    above |= x + test;
    x = decay(load<u64>(v, 24), factor) + load<u64>(arrived, 24);
    store<u64>(arrived, rest, 24);
    store<u64>(v, x, 24);
    arrived += 32;
    v += 32;
    if (!((above | (x + test)) & TOP)) continue;
    for (let at = v - 32; at < v; at += 8) {
      x = load<u64>(at);
      let mask = (x + test) & TOP;
      if (!mask) continue;
      const fired = mask >> 15; // 1 in the lanes that fire
      const all = fired * 0xffff;
      store<u64>(at, subtract ? x - fired * (after & 0xffff) : (x & ~all) | (after & all));
      do {
        const k = i32((at - start) >> 1) + i32(ctz(mask) >> 4);
        if (k < n) {
          store<u8>(spikes + k, 1);
          next = append(next, k, 1);
        }
        mask &= mask - 1;
      } while (mask);
    }
  } while (v < end);
  closeEvents(events, next);
  if (next !== first) count(counters + SPIKES, i64((next - first) >> 3));
}

/** Every lane times factor / 2^16: the upper halves of the products of even and of odd lanes. */
function decay(u: u64, factor: u64): u64 {
  const even = (u & EVEN) * factor;
  const odd = ((u >> 16) & EVEN) * factor;
  return ((even >> 16) & EVEN) | (odd & ~EVEN);
}
