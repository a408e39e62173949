import { count, SATURATIONS, SYNAPTIC_EVENTS } from "../fixed/count";
import { EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";

/**
 * Synapses onto neurons in 16 bits (neurons/lif-lanes.ts): weights of 8 bits are added to the potentials themselves, four
 * of which fill a word. The host proves that every lane stays within 0 … 0xffff, in any order, for counts up to `most`;
 * counts above are held there, which counts as a saturation. `most` is 1 where events are spikes: they are 1, and not read.
 */

/** Even bytes of a word, and 128 in each lane. */
const BYTES: u64 = (u64(0x00ff00ff) << 32) | 0x00ff00ff;
const BIAS: u64 = 0x0080008000800080;

/**
 * Linear and Affine where memory is short.
 *
 * @param weights u8[pre][words][8], weight + 128: even bytes for the first four targets of eight, odd ones for the others
 * @param words   of eight targets
 * @param v       u16[8 · words]
 */
export function denseLanes(
  events: usize,
  weights: usize,
  most: i32,
  exponent: i32,
  v: usize,
  words: i32,
  n: i32,
  counters: usize,
): void {
  const last = eventsEnd(events);
  let saturations = 0;
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    let value = 1;
    if (most > 1) {
      value = load<i32>(e, 4);
      if (value > most) {
        value = most;
        ++saturations;
      }
    }
    // products and differences of words are exact modulo 2^64: a lane whose sum fits is right
    const factor = u64(value << exponent);
    const bias = factor * BIAS;
    let w = weights + ((usize(load<i32>(e)) * usize(words)) << 3);
    for (let t = v, end = t + (usize(words) << 4); t < end; t += 16) {
      const eight = load<u64>(w);
      store<u64>(t, load<u64>(t) + (eight & BYTES) * factor - bias);
      store<u64>(t, load<u64>(t, 8) + ((eight >> 8) & BYTES) * factor - bias, 8);
      w += 8;
    }
  }
  finish(load<i32>(events) * n, saturations, counters);
}

/**
 * Linear and Affine, one addition for four synapses.
 *
 * @param weights  i64[pre][bytes / 8], Σ weight · 2^(exponent + 16 · lane): a lane below 0 borrows from the next, and
 *                 gives back when words are added, modulo 2^64
 * @param v        u16[bytes / 2]
 * @param bytes    of a row and of v, a multiple of 32
 * @param synapses of every row, as counters count them
 */
export function wideLanes(
  events: usize,
  weights: usize,
  most: i32,
  v: usize,
  bytes: i32,
  synapses: i32,
  counters: usize,
): void {
  const last = eventsEnd(events);
  const end = v + usize(bytes);
  let saturations = 0;
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    let w = weights + usize(load<i32>(e)) * usize(bytes);
    let value = 1;
    if (most > 1) {
      value = load<i32>(e, 4);
      if (value > most) {
        value = most;
        ++saturations;
      }
    }
    let t = v;
    if (value === 1) {
      do {
        store<u64>(t, load<u64>(w) + load<u64>(t));
        store<u64>(t, load<u64>(w, 8) + load<u64>(t, 8), 8);
        store<u64>(t, load<u64>(w, 16) + load<u64>(t, 16), 16);
        store<u64>(t, load<u64>(w, 24) + load<u64>(t, 24), 24);
        w += 32;
        t += 32;
      } while (t < end);
    } else {
      do {
        store<u64>(t, load<u64>(w) * u64(value) + load<u64>(t));
        w += 8;
        t += 8;
      } while (t < end);
    }
  }
  finish(load<i32>(events) * synapses, saturations, counters);
}

/**
 * Synapses by lists, four to a group: T[4] targets, i8[4] weights. The last group of a row is filled up with weights of 0.
 *
 * @param rows   u32[pre + 1]: groups of neuron k begin at byte rows[k] & ~3 and end at rows[k + 1] & ~3; the last
 *               rows[k] & 3 of their synapses are none
 * @param groups targets are where their lanes lie in v, in bytes, u8 or u16
 * @param v      u16[]
 */
export function sparseLanes<T>(
  events: usize,
  rows: usize,
  groups: usize,
  most: i32,
  exponent: i32,
  v: usize,
  counters: usize,
): void {
  const last = eventsEnd(events);
  let met = 0;
  let saturations = 0;
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    let value = 1;
    if (most > 1) {
      value = load<i32>(e, 4);
      if (value > most) {
        value = most;
        ++saturations;
      }
    }
    const factor = value << exponent;
    const row = rows + (usize(load<i32>(e)) << 2);
    const first = load<u32>(row);
    let s = groups + usize(first & ~3);
    const end = groups + usize(load<u32>(row, 4) & ~3);
    // a group is 4 · (sizeof<T>() + 1) bytes
    met += i32((end - s) / (sizeof<T>() + 1) - (first & 3));
    if (s === end) continue;
    do {
      add(v + usize(load<T>(s)), i32(load<i8>(s, 4 * sizeof<T>())) * factor);
      add(v + usize(load<T>(s, sizeof<T>())), i32(load<i8>(s, 4 * sizeof<T>() + 1)) * factor);
      add(v + usize(load<T>(s, 2 * sizeof<T>())), i32(load<i8>(s, 4 * sizeof<T>() + 2)) * factor);
      add(v + usize(load<T>(s, 3 * sizeof<T>())), i32(load<i8>(s, 4 * sizeof<T>() + 3)) * factor);
      s += 4 * sizeof<T>() + 4;
    } while (s < end);
  }
  finish(met, saturations, counters);
}

function add(lane: usize, more: i32): void {
  store<u16>(lane, more + i32(load<u16>(lane)));
}

/** Both fit an i32: a module's synapses are fewer than its bytes of memory. */
function finish(met: i32, saturations: i32, counters: usize): void {
  if (met) count(counters + SYNAPTIC_EVENTS, i64(met));
  if (saturations) count(counters + SATURATIONS, i64(saturations));
}
