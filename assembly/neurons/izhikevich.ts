import { count, SATURATIONS, SPIKES } from "../fixed/count";
import { append, closeEvents, eventsEnd } from "../fixed/event-list";
import { LIMIT } from "../fixed/limit";

/** 0.04 · 2^34, to 5e-10 */
export const SQUARE: i64 = 687194767;

/**
 * Izhikevich 2003, in mV and ms:
 *
 *     v' = 0.04·v² + 5·v + 140 − u + I        u' = a·(b·v − u)        where v ≥ 30: v ← c, u ← u + d
 *
 * Coarse, for steps of half a millisecond and more, in the order of the paper's net.m: threshold, v in two half steps,
 * u from the new v; but a spike reaches neurons of a cycle one step later than there. Fine: one Euler step of both from the old values, then the threshold. The half steps end far above
 * 30; what is kept of such a v only has to be above the threshold.
 *
 * @param v          i32[n] in mV, `bits` fraction bits, as everything without a format of its own
 * @param total      i32[n], |total| < 2^29
 * @param bits       18 to 21: ±2048 to ±256 mV
 * @param parameters (constant, a·dt·2^30, b·2^24, c, d, threshold, 0, 0) i32[1 or n][8]; |a·dt| < 1, |b| < 8
 * @param stride     32, or 0 where all neurons share them
 * @param time       dt, or its half where coarse, in ms · 2^26; at most 2^26
 */
export function izhikevich(
  v: usize,
  u: usize,
  total: usize,
  bits: i32,
  parameters: usize,
  stride: i32,
  time: i32,
  coarse: i32,
  spikes: usize,
  events: usize,
  n: i32,
  counters: usize,
): void {
  const first = eventsEnd(events);
  let next = first;
  let saturations: i64 = 0;
  const rest = i64(140) << i64(bits);
  for (let k = 0; k < n; ++k) {
    const at = usize(k) << 2;
    const p = parameters;
    parameters += stride;
    const drive = i64.load32_s(total + at) + i64.load32_s(p) + rest;
    const firing = i64.load32_s(p, 20);
    let x = i64.load32_s(v + at);
    let w = i64.load32_s(u + at);
    let spike = false;
    if (coarse) {
      spike = x >= firing;
      if (spike) {
        x = i64.load32_s(p, 12);
        w += i64.load32_s(p, 16);
      }
      x = halfStep(x, w, drive, time, bits);
      x += rise(x, drive - w, time, bits);
    }
    const dv: i64 = coarse ? 0 : rise(x, drive - w, time, bits);
    w = recover(w, x, i64.load32_s(p, 4), i64.load32_s(p, 8));
    x += dv;
    if (!coarse) {
      spike = x >= firing;
      if (spike) {
        x = i64.load32_s(p, 12);
        w += i64.load32_s(p, 16);
      }
    }
    saturations += keep(v + at, u + at, x, w);
    if (spike) {
      store<u8>(spikes + k, 1);
      next = append(next, k, 1);
    }
  }
  closeEvents(events, next);
  if (saturations) count(counters + SATURATIONS, saturations);
  if (next !== first) count(counters + SPIKES, i64((next - first) >> 3));
}

/** v after the first of two half steps. */
export function halfStep(x: i64, w: i64, drive: i64, time: i32, bits: i32): i64 {
  return hold(x + rise(x, drive - w, time, bits));
}

/** u after a step, from the new v. @param a · dt · 2^30 @param b · 2^24 */
export function recover(w: i64, x: i64, a: i64, b: i64): i64 {
  const pull = ((x * b) >> 24) - w; // |x| < 2^36, |b| < 2^27
  return w + ((a * hold32(pull) + (1 << 29)) >> 30);
}

/** Within the format. @returns what of it saturates: above, v only has to be above the threshold */
export function keep(v: usize, u: usize, x: i64, w: i64): i64 {
  const heldX = hold(x);
  const heldW = hold(w);
  store<i32>(v, i32(heldX));
  store<i32>(u, i32(heldW));
  return i64(heldX > x) + i64(heldW !== w);
}

/** time · (0.04·x² + 5·x + input): x² >> 26 < 2^32, times SQUARE < 2^62; slope < 2^36, times time < 2^62. */
export function rise(x: i64, input: i64, time: i32, bits: i32): i64 {
  const square = (((x * x) >> 26) * SQUARE) >> i64(bits + 8);
  const slope = square + 5 * x + input;
  return (slope * i64(time) + (1 << 25)) >> 26;
}

function hold(x: i64): i64 {
  return min<i64>(max<i64>(x, -i64(LIMIT)), i64(LIMIT));
}

/** Keeps a product with 2^30 within i64. */
function hold32(x: i64): i64 {
  return min<i64>(max<i64>(x, -(1 << 32)), 1 << 32);
}
