import { count, SATURATIONS, SPIKES } from "../fixed/count";
import { append, closeEvents, EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";
import { LIMIT } from "../fixed/limit";
import { slot } from "../fixed/ring";

/** −2^28 ≤ s < 2^28, well within ±LIMIT, where s + NEAR has none of these bits. */
const NEAR: i32 = 1 << 28;
const FAR: i32 = ~LIMIT;

/**
 * IF and LIF with shared parameters: memoryless() and membrane() in one pass, for interpreters, which pay for every
 * operation. The same state, bit for bit.
 *
 *     s = arrived + bias        x = v − κ·v + s + constant        spike where x > θ: v ← reset, or x − θ
 *
 * A silent neuron pays for one test: below −LIMIT or above θ, as one unsigned comparison. |x| < 2^29 + 2^29 + 2^28.
 * Refractory neurons take part like all others and are put back to their reset afterwards.
 *
 * @param v          i32[n]
 * @param s          i32[n]
 * @param ring       i32[slots][n]: what has arrived is at `position`; left at 0
 * @param proven     1: |s| ≤ LIMIT whatever arrives
 * @param threshold  −LIMIT ≤ θ ≤ 2^27
 * @param subtract   1: a spike takes θ from x; 0: it leaves `reset`
 * @param refractory i32[n]: steps in which v still stays; 0 where there is no refractory time. Not with `subtract`
 * @param spikes     u8[n], 0 before the call
 */
export function lif(
  v: usize,
  s: usize,
  ring: usize,
  position: usize,
  slots: i32,
  bias: i32,
  proven: i32,
  mantissa: i32,
  shift: i32,
  constant: i32,
  threshold: i32,
  reset: i32,
  subtract: i32,
  refractory: usize,
  steps: i32,
  spikes: usize,
  events: usize,
  n: i32,
  counters: usize,
): void {
  const first = eventsEnd(events);
  let next = first;
  const start = v;
  const factor = i64(mantissa);
  const places = i64(shift);
  const half = i64(1) << (places - 1);
  const above = threshold + LIMIT;
  let arrived = slot(ring, position, 0, slots, n);
  const whole = v + (usize(n & -4) << 2);
  const end = v + (usize(n) << 2);
  while (v < end) {
    let rare = 1;
    const from = v;
    if (v < whole) {
      const low = load<i64>(arrived);
      const high = load<i64>(arrived, 8);
      store<i64>(arrived, 0);
      store<i64>(arrived, 0, 8);
      let s0 = i32(low) + bias;
      let s1 = i32(low >> 32) + bias;
      let s2 = i32(high) + bias;
      let s3 = i32(high >> 32) + bias;
      if (!proven && ((s0 + NEAR) | (s1 + NEAR) | (s2 + NEAR) | (s3 + NEAR)) & FAR) {
        s0 = hold(s0, counters);
        s1 = hold(s1, counters);
        s2 = hold(s2, counters);
        s3 = hold(s3, counters);
      }
      if (bias || !proven) {
        store<i32>(s, s0);
        store<i32>(s, s1, 4);
        store<i32>(s, s2, 8);
        store<i32>(s, s3, 12);
      } else {
        store<i64>(s, low);
        store<i64>(s, high, 8);
      }
      const x0 = integrate(load<i32>(v), factor, half, places) + s0 + constant;
      const x1 = integrate(load<i32>(v, 4), factor, half, places) + s1 + constant;
      const x2 = integrate(load<i32>(v, 8), factor, half, places) + s2 + constant;
      const x3 = integrate(load<i32>(v, 12), factor, half, places) + s3 + constant;
      store<i32>(v, x0);
      store<i32>(v, x1, 4);
      store<i32>(v, x2, 8);
      store<i32>(v, x3, 12);
      rare = outside(x0, above) | outside(x1, above) | outside(x2, above) | outside(x3, above);
      s += 16;
      arrived += 16;
      v += 16;
    } else {
      for (; v < end; v += 4) {
        const current = hold(load<i32>(arrived) + bias, counters);
        store<i32>(arrived, 0);
        store<i32>(s, current);
        store<i32>(v, integrate(load<i32>(v), factor, half, places) + current + constant);
        s += 4;
        arrived += 4;
      }
    }
    if (!rare) continue;
    for (let at = from; at < v; at += 4) {
      if (!outside(load<i32>(at), above)) continue;
      const k = (at - start) >> 2;
      next = fire(k, at, threshold, reset, subtract, refractory, spikes, next, counters);
    }
  }
  closeEvents(events, next);
  if (refractory) rest(start, reset, refractory, steps, events, n);
  if (next !== first) count(counters + SPIKES, i64((next - first) >> 3));
}

/** v − κ·v, as fixed/leak.ts rounds it. */
function integrate(v: i32, factor: i64, half: i64, places: i64): i32 {
  return v - i32((i64(v) * factor + half) >> places);
}

/** Below −LIMIT or above θ = above − LIMIT. */
function outside(x: i32, above: i32): i32 {
  return i32(u32(x + LIMIT) > u32(above));
}

/** The rare case that what arrives leaves the range of s. */
function hold(s: i32, counters: usize): i32 {
  const held = min(max(s, -LIMIT), LIMIT);
  if (held !== s) count(counters + SATURATIONS, 1);
  return held;
}

/**
 * Neuron k, whose x is above θ or below −LIMIT.
 *
 * @param at   its potential
 * @param next where the next event goes; returns where the one after it does
 */
function fire(
  k: usize,
  at: usize,
  threshold: i32,
  reset: i32,
  subtract: i32,
  refractory: usize,
  spikes: usize,
  next: usize,
  counters: usize,
): usize {
  if (refractory && load<i32>(refractory + (k << 2))) return next;
  let x = load<i32>(at);
  if (x > threshold) {
    x = subtract ? x - threshold : reset;
    store<u8>(spikes + k, 1);
    next = append(next, i32(k), 1);
  }
  store<i32>(at, hold(x, counters));
  return next;
}

/** The refractory are put back, and those who fired join them. */
function rest(v: usize, reset: i32, refractory: usize, steps: i32, events: usize, n: i32): void {
  for (let r = refractory, end = r + (usize(n) << 2); r < end; r += 4) {
    const left = load<i32>(r);
    if (left) {
      store<i32>(r, left - 1);
      store<i32>(v + (r - refractory), reset);
    }
  }
  for (let e = events + EVENTS, end = eventsEnd(events); e < end; e += EVENT_BYTES) {
    store<i32>(refractory + (usize(load<i32>(e)) << 2), steps);
  }
}
