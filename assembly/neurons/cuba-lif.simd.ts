import { fire, pass, settle } from "./cuba-lif";
import { CONSTANT, RECEPTORS, SHIFT_0, SHIFT_1, SHIFT_V } from "./shape";

/** Vectors, four equal i32 at these distances: 2^15, constant, threshold, and the factors of v, s0 and s1. */
const CONSTANTS: usize = 16;
const THRESHOLDS: usize = 32;
const V: usize = 48;
const S0: usize = 96;
const S1: usize = 144;
/** Of a factor: its mantissa, its mantissa · 2^16, and half a unit of its shift. */
const HIGH: usize = 16;
const ROUND: usize = 32;

/**
 * cuba-lif.ts with eight neurons per step, and the same bytes.
 *
 * V8 builds a vector literal anew in every round of a loop; vectors loaded before the loop stay in registers. Of those
 * there are 16, too few for all factors at once: currents decay in a loop of their own.
 *
 * @param vectors see above, aligned to 16
 */
export function cubaLif(
  v: usize,
  s0: usize,
  s1: usize,
  queue: usize,
  frozen: usize,
  parameters: usize,
  spikes: usize,
  events: usize,
  vectors: usize,
  n: i32,
  counters: usize,
): void {
  const whole = n & -8;
  const end = usize(whole) << 2;
  const half = v128.load(vectors);
  const constant = v128.load(vectors, CONSTANTS);
  const threshold = v128.load(vectors, THRESHOLDS);
  const k = v128.load(vectors, V);
  const high = v128.load(vectors, V + HIGH);
  const round = v128.load(vectors, V + ROUND);
  let lowest = i32x4.splat(0);
  for (let at: usize = 0; at < end; at += 32) {
    let x = v128.load(v + at);
    let y = v128.load(v + at, 16);
    x = i32x4.sub(x, leak(x, half, k, high, round, SHIFT_V));
    y = i32x4.sub(y, leak(y, half, k, high, round, SHIFT_V));
    if (CONSTANT !== 0) {
      x = i32x4.add(x, constant);
      y = i32x4.add(y, constant);
    }
    x = i32x4.add(x, v128.load(s0 + at));
    y = i32x4.add(y, v128.load(s0 + at, 16));
    if (RECEPTORS > 1) {
      x = i32x4.add(x, v128.load(s1 + at));
      y = i32x4.add(y, v128.load(s1 + at, 16));
    }
    v128.store(v + at, x);
    v128.store(v + at, y, 16);
    lowest = i32x4.min_s(lowest, i32x4.min_s(x, y));
    const above = i16x8.narrow_i32x4_s(i32x4.gt_s(x, threshold), i32x4.gt_s(y, threshold));
    for (let mask = i16x8.bitmask(above); mask !== 0; mask &= mask - 1) {
      fire(i32(at >> 2) + ctz(mask), v, frozen, parameters, spikes, events);
    }
  }
  const k0 = v128.load(vectors, S0);
  const high0 = v128.load(vectors, S0 + HIGH);
  const round0 = v128.load(vectors, S0 + ROUND);
  const k1 = v128.load(vectors, S1);
  const high1 = v128.load(vectors, S1 + HIGH);
  const round1 = v128.load(vectors, S1 + ROUND);
  for (let at: usize = 0; at < end; at += 16) {
    const a = v128.load(s0 + at);
    v128.store(s0 + at, i32x4.sub(a, leak(a, half, k0, high0, round0, SHIFT_0)));
    if (RECEPTORS > 1) {
      const b = v128.load(s1 + at);
      v128.store(s1 + at, i32x4.sub(b, leak(b, half, k1, high1, round1, SHIFT_1)));
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
function leak(x: v128, half: v128, k: v128, high: v128, round: v128, shift: i32): v128 {
  const above = i32x4.dot_i16x8_s(i32x4.add(x, half), high);
  const below = i32x4.shr_s(i32x4.dot_i16x8_s(x, k), 16);
  return i32x4.shr_s(i32x4.add(i32x4.add(above, below), round), shift);
}
