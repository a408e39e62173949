import { count, SATURATIONS, SPIKES } from "../fixed/count";
import { append, closeEvents, EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";
import { LIMIT } from "../fixed/limit";

/**
 * CubaLIF for large populations that share their parameters: one or two receptors and the membrane in a single pass.
 *
 *     x = v − κ·v + s0 + s1 + constant        spike where x > θ: v ← reset, refractory        v held at −LIMIT
 *     s ← s − κ·s
 *
 * Synapses add to s itself, after its decay: what stands there between two steps is the current of the next one.
 *
 * Nothing in the pass asks who is refractory. Those few wait in a queue, in the order in which they fired; they take
 * part like all others and are put back to their reset afterwards.
 *
 * |v| + |s0| + |s1| + |constant| < 2^29 + 2^30 + 2^28 < 2^31.
 *
 * κ·x is rounded half up. Where the host has proven |x| < 2^(15 + d) of v and of the currents, and that it matters little,
 * it is κ times the middle of all x that differ in the last d bits alone, so that other builds multiply 16 bits:
 *
 *     κ·x ≈ κ·(⌊x / 2^d⌋ + ½)·2^d
 */

/**
 * Parameters, i32 at these distances:
 *
 *     0  mantissa and 4 shift of v      8, 12 of s0      16, 20 of s1
 *     24 constant   28 threshold   32 reset   36 refractory steps
 *     40 d of v, 44 of s0, 48 of s1; 0: products of all bits
 */
const CONSTANT: usize = 24;
const THRESHOLD: usize = 28;
const RESET: usize = 32;
const REFRACTORY: usize = 36;
const DROPPED: usize = 40;

/**
 * The queue of the refractory, i32 at these distances:
 *
 *     0  head, where the longest waiting stands      4  length      8  slot, step number modulo refractory steps
 *     16 fired[refractory steps]                     how many fired in each of the last steps
 *        waiting[n]                                  their indices, a ring
 */
const LENGTH: usize = 4;
const SLOT: usize = 8;
const FIRED: usize = 16;

/** All neurons, one by one. See pass() for the arguments. */
export function cubaLif(
  v: usize,
  s0: usize,
  s1: usize,
  two: i32,
  queue: usize,
  frozen: usize,
  parameters: usize,
  spikes: usize,
  events: usize,
  n: i32,
  counters: usize,
): void {
  const low = pass(v, s0, s1, two, frozen, parameters, spikes, events, 0, n);
  settle(v, queue, frozen, parameters, events, n, low, counters);
}

/**
 * Neurons `from` to `to` − 1.
 *
 * @param v      i32[n]
 * @param s0     i32[n]
 * @param s1     i32[n]; unused where `two` is 0
 * @param frozen u8[n]: 1 for the refractory; 0 where there is no refractory time
 * @param spikes u8[n], 0 before the call
 * @returns the lowest x
 */
export function pass(
  v: usize,
  s0: usize,
  s1: usize,
  two: i32,
  frozen: usize,
  parameters: usize,
  spikes: usize,
  events: usize,
  from: i32,
  to: i32,
): i32 {
  const mantissa = i64.load32_s(parameters);
  const shift = i64(load<i32>(parameters, 4));
  const dropped = load<i32>(parameters, DROPPED);
  const rounds = half(mantissa, dropped, shift);
  const kept = -1 << dropped;
  const constant = load<i32>(parameters, CONSTANT);
  const threshold = load<i32>(parameters, THRESHOLD);
  let low = 0;
  for (let k = from; k < to; ++k) {
    const at = usize(k) << 2;
    let x = load<i32>(v + at);
    x += load<i32>(s0 + at) + constant - leak(x & kept, mantissa, rounds, shift);
    if (two) x += load<i32>(s1 + at);
    store<i32>(v + at, x);
    low = min(low, x);
    if (x > threshold) fire(k, v, frozen, parameters, spikes, events);
  }
  for (let r = 0; r <= two; ++r) {
    const factor = parameters + 8 + (usize(r) << 3);
    const droppedBits = load<i32>(parameters + (usize(r) << 2), DROPPED + 4);
    decay(r ? s1 : s0, factor, droppedBits, from, to);
  }
  return low;
}

/**
 * A loop of its own: all factors at once stand in no processor's registers.
 *
 * @param factor its mantissa and its shift
 */
function decay(s: usize, factor: usize, dropped: i32, from: i32, to: i32): void {
  const mantissa = i64.load32_s(factor);
  const shift = i64(load<i32>(factor, 4));
  const rounds = half(mantissa, dropped, shift);
  const kept = -1 << dropped;
  const end = s + (usize(to) << 2);
  for (let at = s + (usize(from) << 2); at < end; at += 4) {
    const x = load<i32>(at);
    store<i32>(at, x - leak(x & kept, mantissa, rounds, shift));
  }
}

/** Half of what is dropped, times the mantissa, and half a unit of the result. */
function half(mantissa: i64, dropped: i32, shift: i64): i64 {
  const middle = dropped ? mantissa << i64(dropped - 1) : 0;
  return middle + (i64(1) << (shift - 1));
}

/** As in fixed/leak.ts, with what rounds it made once for all neurons. */
function leak(x: i32, mantissa: i64, half: i64, shift: i64): i32 {
  return i32((i64(x) * mantissa + half) >> shift);
}

/** Neuron k, whose x is above θ. */
export function fire(
  k: i32,
  v: usize,
  frozen: usize,
  parameters: usize,
  spikes: usize,
  events: usize,
): void {
  if (frozen && load<u8>(frozen + k)) return;
  store<i32>(v + (usize(k) << 2), load<i32>(parameters, RESET));
  store<u8>(spikes + k, 1);
  closeEvents(events, append(eventsEnd(events), k, 1));
}

/** After the pass: the refractory are put back, those whose time is over leave the queue, those who fired join it. */
export function settle(
  v: usize,
  queue: usize,
  frozen: usize,
  parameters: usize,
  events: usize,
  n: i32,
  low: i32,
  counters: usize,
): void {
  const fired = load<i32>(events);
  if (fired) count(counters + SPIKES, i64(fired));
  const steps = load<i32>(parameters, REFRACTORY);
  if (frozen) {
    const reset = load<i32>(parameters, RESET);
    const waiting = queue + FIRED + (usize(steps) << 2);
    let head = load<i32>(queue);
    let length = load<i32>(queue, LENGTH);
    for (let i = 0, k = head; i < length; ++i) {
      store<i32>(v + (usize(load<i32>(waiting + (usize(k) << 2))) << 2), reset);
      if (++k === n) k = 0;
    }
    const slot = load<i32>(queue, SLOT);
    const bucket = queue + FIRED + (usize(slot) << 2);
    for (let i = load<i32>(bucket); i > 0; --i) {
      store<u8>(frozen + load<i32>(waiting + (usize(head) << 2)), 0);
      if (++head === n) head = 0;
      --length;
    }
    let tail = head + length;
    if (tail >= n) tail -= n;
    for (let e = events + EVENTS, end = eventsEnd(events); e < end; e += EVENT_BYTES) {
      const k = load<i32>(e);
      store<i32>(waiting + (usize(tail) << 2), k);
      store<u8>(frozen + k, 1);
      if (++tail === n) tail = 0;
    }
    store<i32>(bucket, fired);
    store<i32>(queue, head);
    store<i32>(queue, length + fired, LENGTH);
    store<i32>(queue, slot + 1 === steps ? 0 : slot + 1, SLOT);
  }
  if (low < -LIMIT) hold(v, n, counters);
}

/** The rare case that a potential left the format below. */
function hold(v: usize, n: i32, counters: usize): void {
  let saturations: i64 = 0;
  for (const end = v + (usize(n) << 2); v < end; v += 4) {
    if (load<i32>(v) >= -LIMIT) continue;
    store<i32>(v, -LIMIT);
    ++saturations;
  }
  if (saturations) count(counters + SATURATIONS, saturations);
}
