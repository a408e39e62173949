import { count, SATURATIONS, SPIKES } from "../fixed/count";
import { append, closeEvents, eventsEnd } from "../fixed/event-list";
import { LIMIT } from "../fixed/limit";
import { leak } from "./leak.simd";
import { membrane as membraneScalar, NONE, SNNTORCH, SPYX, ZERO } from "./membrane";
import { CONSTANT, MANTISSA, REFRACTORY_STEPS, RESET, RULE, SHIFT, THRESHOLD } from "./shape";

/** membrane.ts for neurons with shared parameters, four per step, and the same bytes. */
export function membrane(
  v: usize,
  total: usize,
  refractory: usize,
  parameters: usize,
  spikes: usize,
  events: usize,
  n: i32,
  counters: usize,
): void {
  const whole = n & -4;
  const first = eventsEnd(events);
  let next = first;
  let saturations: i64 = 0;
  for (let at: usize = 0, end = usize(whole) << 2; at < end; at += 16) {
    const before = v128.load(v + at);
    const input = i32x4.add(v128.load(total + at), i32x4.splat(CONSTANT));
    const x = i32x4.add(i32x4.sub(before, leak(before, MANTISSA, SHIFT)), input);
    let spike = spiking(x, before);
    const after = RULE === ZERO ? v128.bitselect(i32x4.splat(RESET), x, spike) : less(x, spike);
    let now = i32x4.max_s(i32x4.min_s(after, i32x4.splat(LIMIT)), i32x4.splat(-LIMIT));
    let held = i32x4.ne(now, after);
    if (REFRACTORY_STEPS !== 0) {
      // −1 where a neuron rests: its time goes on, its potential stays
      const left = v128.load(refractory + at);
      const resting = i32x4.gt_s(left, i32x4.splat(0));
      spike = v128.andnot(spike, resting);
      held = v128.andnot(held, resting);
      now = v128.bitselect(before, now, resting);
      const passed = i32x4.add(left, resting);
      v128.store(refractory + at, v128.bitselect(i32x4.splat(REFRACTORY_STEPS), passed, spike));
    }
    v128.store(v + at, now);
    if (v128.any_true(held)) saturations += i64(popcnt(i32x4.bitmask(held)));
    const k = i32(at >> 2);
    if (RULE === NONE) {
      for (let lane = 0; lane < 4; ++lane) {
        const value = load<i32>(v + at + (usize(lane) << 2));
        if (value) next = append(next, k + lane, value);
      }
    } else if (v128.any_true(spike)) {
      for (let mask = i32x4.bitmask(spike); mask !== 0; mask &= mask - 1) {
        const neuron = k + ctz(mask);
        store<u8>(spikes + neuron, 1);
        next = append(next, neuron, 1);
      }
    }
  }
  closeEvents(events, next);
  if (saturations) count(counters + SATURATIONS, saturations);
  if (RULE !== NONE && next !== first) count(counters + SPIKES, i64((next - first) >> 3));
  membraneScalar(
    v,
    total,
    refractory,
    REFRACTORY_STEPS,
    parameters,
    0,
    SHIFT,
    RULE,
    spikes,
    events,
    whole,
    n,
    counters,
  );
}

/** All ones where a neuron fires, as membrane.ts decides. */
function spiking(x: v128, before: v128): v128 {
  const threshold = i32x4.splat(THRESHOLD);
  if (RULE === NONE) return i32x4.splat(0);
  if (RULE === SPYX) return i32x4.gt_s(before, threshold);
  if (RULE === SNNTORCH) return i32x4.gt_s(less(x, i32x4.gt_s(before, threshold)), threshold);
  return i32x4.gt_s(x, threshold);
}

/** x − θ where the mask is set. */
function less(x: v128, mask: v128): v128 {
  return i32x4.sub(x, v128.and(mask, i32x4.splat(THRESHOLD)));
}
