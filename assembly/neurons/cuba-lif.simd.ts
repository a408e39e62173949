import { fire, pass, settle } from "./cuba-lif";
import { CONSTANT, K0, K1, KV, RECEPTORS, SHIFT_0, SHIFT_1, SHIFT_V, THRESHOLD } from "./shape";

/** cuba-lif.ts with four neurons per step, and the same bytes. */
export function cubaLif(
  v: usize,
  s0: usize,
  s1: usize,
  queue: usize,
  frozen: usize,
  parameters: usize,
  spikes: usize,
  events: usize,
  n: i32,
  counters: usize,
): void {
  const whole = n & -4;
  let lowest = i32x4.splat(0);
  for (let at: usize = 0, end = usize(whole) << 2; at < end; at += 16) {
    const before = v128.load(v + at);
    const a = v128.load(s0 + at);
    let x = i32x4.sub(before, leak(before, KV, SHIFT_V));
    if (CONSTANT !== 0) x = i32x4.add(x, i32x4.splat(CONSTANT));
    x = i32x4.add(x, a);
    v128.store(s0 + at, i32x4.sub(a, leak(a, K0, SHIFT_0)));
    if (RECEPTORS > 1) {
      const b = v128.load(s1 + at);
      x = i32x4.add(x, b);
      v128.store(s1 + at, i32x4.sub(b, leak(b, K1, SHIFT_1)));
    }
    v128.store(v + at, x);
    lowest = i32x4.min_s(lowest, x);
    const above = i32x4.gt_s(x, i32x4.splat(THRESHOLD));
    if (v128.any_true(above)) {
      for (let mask = i32x4.bitmask(above); mask !== 0; mask &= mask - 1) {
        fire(i32(at >> 2) + ctz(mask), v, frozen, parameters, spikes, events);
      }
    }
  }
  const tail = pass(v, s0, s1, RECEPTORS - 1, frozen, parameters, spikes, events, whole, n);
  const low = min(
    min(i32x4.extract_lane(lowest, 0), i32x4.extract_lane(lowest, 1)),
    min(i32x4.extract_lane(lowest, 2), i32x4.extract_lane(lowest, 3)),
  );
  settle(v, queue, frozen, parameters, events, n, min(low, tail), counters);
}

/**
 * (x · k + 2^(15 + shift)) >> (16 + shift) for 0 ≤ k < 2^15, |x| < 2^30, shift ≥ 1. With x = high · 2^16 + low,
 * −2^15 ≤ low < 2^15,
 *
 *     high·k + (low·k >> 16)        |high·k| ≤ 2^14 · 2^15, |low·k| ≤ 2^30
 *
 * is (x·k) >> 16, and dot products of i16 are the cheapest multiplications there are.
 */
function leak(x: v128, k: i32, shift: i32): v128 {
  const high = i32x4.dot_i16x8_s(i32x4.add(x, i32x4.splat(0x8000)), i32x4.splat(k << 16));
  const low = i32x4.shr_s(i32x4.dot_i16x8_s(x, i32x4.splat(k)), 16);
  const product = i32x4.add(high, low);
  return i32x4.shr_s(i32x4.add(product, i32x4.splat(1 << (shift - 1))), shift);
}
