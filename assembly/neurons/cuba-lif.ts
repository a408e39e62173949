import { count, SATURATIONS, SPIKES } from "../fixed/count";
import { append, closeEvents, EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";
import { leak } from "../fixed/leak";
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
 */

/**
 * Parameters, i32 at these distances:
 *
 *     0  mantissa and 4 shift of v      8, 12 of s0      16, 20 of s1
 *     24 constant   28 threshold   32 reset   36 refractory steps
 */
const CONSTANT: usize = 24;
const THRESHOLD: usize = 28;
const RESET: usize = 32;
const REFRACTORY: usize = 36;

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
  const kv = i64.load32_s(parameters);
  const k0 = i64.load32_s(parameters, 8);
  const k1 = i64.load32_s(parameters, 16);
  const shiftV = i64(load<i32>(parameters, 4));
  const shift0 = i64(load<i32>(parameters, 12));
  const shift1 = i64(load<i32>(parameters, 20));
  const constant = load<i32>(parameters, CONSTANT);
  const threshold = load<i32>(parameters, THRESHOLD);
  let low = 0;
  for (let k = from; k < to; ++k) {
    const at = usize(k) << 2;
    const before = load<i32>(v + at);
    let x = before - leak(before, kv, shiftV) + constant;
    let s = load<i32>(s0 + at);
    x += s;
    store<i32>(s0 + at, s - leak(s, k0, shift0));
    if (two) {
      s = load<i32>(s1 + at);
      x += s;
      store<i32>(s1 + at, s - leak(s, k1, shift1));
    }
    store<i32>(v + at, x);
    low = min(low, x);
    if (x > threshold) fire(k, v, frozen, parameters, spikes, events);
  }
  return low;
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
