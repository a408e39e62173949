import { count, SATURATIONS, SYNAPTIC_EVENTS } from "../fixed/count";
import { EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";

/**
 * Synapses onto neurons in 16 bits (neurons/lif-lanes.ts): weights of 8 bits, sums of 16, four of them per word. The
 * host proves that every lane stays within 0 … 0xffff, in any order, for counts up to `most`; counts above are held
 * there, which counts as a saturation.
 */

/** Even bytes of a word, and 128 in each lane. */
const BYTES: u64 = (u64(0x00ff00ff) << 32) | 0x00ff00ff;
const BIAS: u64 = 0x0080008000800080;

/**
 * Linear and Affine.
 *
 * @param weights u8[pre][words][8], weight + 128: even bytes for the first four targets of eight, odd ones for the others
 * @param words   of eight targets
 * @param arrived u16[8 · words]
 */
export function denseLanes(
  events: usize,
  weights: usize,
  most: i32,
  exponent: i32,
  arrived: usize,
  words: i32,
  n: i32,
  counters: usize,
): void {
  const last = eventsEnd(events);
  let saturations: i64 = 0;
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    let value = load<i32>(e, 4);
    if (value > most) {
      value = most;
      ++saturations;
    }
    // products and differences of words are exact modulo 2^64: a lane whose sum fits is right
    const factor = u64(value << exponent);
    const bias = factor * BIAS;
    let w = weights + ((usize(load<i32>(e)) * usize(words)) << 3);
    for (let t = arrived, end = t + (usize(words) << 4); t < end; t += 16) {
      const eight = load<u64>(w);
      store<u64>(t, load<u64>(t) + (eight & BYTES) * factor - bias);
      store<u64>(t, load<u64>(t, 8) + ((eight >> 8) & BYTES) * factor - bias, 8);
      w += 8;
    }
  }
  const met = load<i32>(events);
  if (met) count(counters + SYNAPTIC_EVENTS, i64(met) * i64(n));
  if (saturations) count(counters + SATURATIONS, saturations);
}

/**
 * Synapses by lists.
 *
 * @param rows    u32[pre + 1]: synapses of neuron k are rows[k] to rows[k + 1] − 1
 * @param targets T[]: where their lanes lie in the arrivals, in bytes, u8 or u16
 * @param weights i8[]
 * @param arrived u16[]
 */
export function sparseLanes<T>(
  events: usize,
  rows: usize,
  targets: usize,
  weights: usize,
  most: i32,
  exponent: i32,
  arrived: usize,
  counters: usize,
): void {
  const last = eventsEnd(events);
  let met: i64 = 0;
  let saturations: i64 = 0;
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    let value = load<i32>(e, 4);
    if (value > most) {
      value = most;
      ++saturations;
    }
    const factor = value << exponent;
    const row = rows + (usize(load<i32>(e)) << 2);
    const start = load<u32>(row);
    const length = load<u32>(row, 4) - start;
    met += i64(length);
    let t = targets + usize(start) * sizeof<T>();
    let w = weights + usize(start);
    const end = w + usize(length);
    // four at a time: interpreters pay for every round of a loop
    for (const whole = w + usize(length & -4); w < whole; w += 4) {
      add(arrived + usize(load<T>(t)), i32(load<i8>(w)) * factor);
      add(arrived + usize(load<T>(t, sizeof<T>())), i32(load<i8>(w, 1)) * factor);
      add(arrived + usize(load<T>(t, 2 * sizeof<T>())), i32(load<i8>(w, 2)) * factor);
      add(arrived + usize(load<T>(t, 3 * sizeof<T>())), i32(load<i8>(w, 3)) * factor);
      t += 4 * sizeof<T>();
    }
    for (; w < end; ++w) {
      add(arrived + usize(load<T>(t)), i32(load<i8>(w)) * factor);
      t += sizeof<T>();
    }
  }
  if (met) count(counters + SYNAPTIC_EVENTS, met);
  if (saturations) count(counters + SATURATIONS, saturations);
}

function add(lane: usize, more: i32): void {
  store<u16>(lane, i32(load<u16>(lane)) + more);
}
