import { count, SPIKES } from "../fixed/count";
import { append, closeEvents, EVENTS } from "../fixed/event-list";

/** The upper bit of every lane. */
const TOP: u64 = 0x8000800080008000;

/**
 * IF and LIF in 16 bits: four neurons per i64, for interpreters that pay for every operation. A lane holds
 * u = v + offset + arrived, never negative; the offset puts the threshold at 0x7fff, so that a spike is the top bit:
 *
 *     x = u − ((u >> coarse) · multiplier >> places) + rest        spike where x > 0x7fff: u ← reset, or x − θ
 *
 * The host proves (host/spiking/lanes-proof.ts) that u and x lie within 0 … 0xffff, and so does the product: no sum reaches the
 * next lane, and nothing saturates. `rest` may be negative: it is added modulo 2^64.
 *
 * @param v          u16[n], padded to a multiple of 16: what is beyond n lives like a neuron, but gives no event
 * @param parameters u64[6]: coarse, 0xffff >> coarse in every lane, multiplier, places, 0xffff >> places, rest
 * @param after      reset with its offset, or θ
 * @param subtract   1: a spike takes θ from x; 0: it leaves the reset
 * @param spikes     u8[n], 0 before the call
 * @param events     overwritten
 */
export function lifLanes(
  v: usize,
  parameters: usize,
  after: i32,
  subtract: i32,
  spikes: usize,
  events: usize,
  n: i32,
  counters: usize,
): void {
  const coarse = load<u64>(parameters);
  const upper = load<u64>(parameters, 8);
  const multiplier = load<u64>(parameters, 16);
  const places = load<u64>(parameters, 24);
  const lower = load<u64>(parameters, 32);
  const rest = load<u64>(parameters, 40);
  const first = events + EVENTS;
  let next = first;
  const full = (n & 15) === 0;
  const start = v;
  const end = v + (usize((n + 15) & -16) << 1);
  do {
    let u = load<u64>(v);
    const a = u - (((((u >> coarse) & upper) * multiplier) >> places) & lower) + rest;
    store<u64>(v, a);
    u = load<u64>(v, 8);
    const b = u - (((((u >> coarse) & upper) * multiplier) >> places) & lower) + rest;
    store<u64>(v, b, 8);
    u = load<u64>(v, 16);
    const c = u - (((((u >> coarse) & upper) * multiplier) >> places) & lower) + rest;
    store<u64>(v, c, 16);
    u = load<u64>(v, 24);
    const d = u - (((((u >> coarse) & upper) * multiplier) >> places) & lower) + rest;
    store<u64>(v, d, 24);
    v += 32;
    if (!((a | b | c | d) & TOP)) continue;
    let at = v - 32;
    do {
      let mask = load<u64>(at) & TOP;
      while (mask) {
        const lane = at + ((usize(ctz(mask)) >> 3) & 6); // bit 15 of the first: byte 0
        store<u16>(lane, subtract ? i32(load<u16>(lane)) - after : after);
        const k = (lane - start) >> 1;
        if (full || k < usize(n)) {
          store<u8>(spikes + k, 1);
          next = append(next, i32(k), 1);
        }
        mask &= mask - 1;
      }
      at += 8;
    } while (at < v);
  } while (v < end);
  closeEvents(events, next);
  if (next !== first) count(counters + SPIKES, i64((next - first) >> 3));
}
