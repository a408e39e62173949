import { EVENTS } from "../fixed/event-list";
import { fire, pass, settle } from "./cuba-lif";
import {
  CONSTANT,
  DROPPED_0,
  DROPPED_1,
  DROPPED_V,
  RECEPTORS,
  SHIFT_0,
  SHIFT_1,
  SHIFT_V,
} from "./shape";

/** Vectors, four equal i32 at these distances: constant, threshold, and of v, s0 and s1 the mantissa and what rounds. */
const THRESHOLDS: usize = 16;
const V: usize = 32;
const S0: usize = 64;
const S1: usize = 96;
const ROUND: usize = 16;

/** Neurons that meet the threshold together, and their bytes. */
const GROUP: i32 = 16;
const GROUP_BYTES: usize = 64;

/**
 * cuba-lif.ts with products of 16 bits, sixteen neurons per step, and the same bytes.
 *
 * V8 builds a vector literal anew in every round of a loop; vectors loaded before the loop stay in registers, where there are
 * 16. A call in the loop would cost it all of them: groups in which anything is above θ are noted at the end of the
 * list of events, n / 16 words, and looked at after the pass. Group j is read before its events, and those of the groups
 * before it, which are 16·8·(j + 1) bytes at most, reach the note of group j + 1.
 *
 * @param vectors see above, aligned to 16
 */
export function cubaLifShort(
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
  const whole = n & -GROUP;
  const end = usize(whole) << 2;
  const constant = v128.load(vectors);
  const threshold = v128.load(vectors, THRESHOLDS);
  const kv = v128.load(vectors, V);
  const roundV = v128.load(vectors, V + ROUND);
  const k0 = v128.load(vectors, S0);
  const round0 = v128.load(vectors, S0 + ROUND);
  const k1 = v128.load(vectors, S1);
  const round1 = v128.load(vectors, S1 + ROUND);
  const notes = events + EVENTS + (usize(n) << 3) - ((usize(n) >> 4) << 3);
  let note = notes;
  let lowest = i32x4.splat(0);
  for (let at: usize = 0; at < end; at += GROUP_BYTES) {
    let highest = threshold;
    for (let part: usize = 0; part < GROUP_BYTES; part += 16) {
      const here = at + part;
      let x = v128.load(v + here);
      x = less(x, kv, roundV, DROPPED_V, SHIFT_V);
      if (CONSTANT !== 0) x = i32x4.add(x, constant);
      const a = v128.load(s0 + here);
      x = i32x4.add(x, a);
      v128.store(s0 + here, less(a, k0, round0, DROPPED_0, SHIFT_0));
      if (RECEPTORS > 1) {
        const b = v128.load(s1 + here);
        x = i32x4.add(x, b);
        v128.store(s1 + here, less(b, k1, round1, DROPPED_1, SHIFT_1));
      }
      v128.store(v + here, x);
      lowest = i32x4.min_s(lowest, x);
      highest = i32x4.max_s(highest, x);
    }
    if (i32x4.bitmask(i32x4.gt_s(highest, threshold))) {
      store<i32>(note, i32(at >> 2));
      note += 8;
    }
  }
  for (let noted = notes; noted < note; noted += 8) {
    const from = load<i32>(noted);
    for (let k = from; k < from + GROUP; ++k) {
      const x = load<i32>(v + (usize(k) << 2));
      if (x > i32x4.extract_lane(threshold, 0)) fire(k, v, frozen, parameters, spikes, events);
    }
  }
  const tail = pass(v, s0, s1, RECEPTORS - 1, frozen, parameters, spikes, events, whole, n);
  const low = min(
    min(i32x4.extract_lane(lowest, 0), i32x4.extract_lane(lowest, 1)),
    min(i32x4.extract_lane(lowest, 2), i32x4.extract_lane(lowest, 3)),
  );
  settle(v, queue, frozen, parameters, events, n, min(low, tail), counters);
}

/** x − κ·x of 16 bits of x: the upper halves of k are 0, so that a dot product multiplies the lower ones alone. */
function less(x: v128, k: v128, round: v128, dropped: i32, shift: i32): v128 {
  const product = i32x4.dot_i16x8_s(i32x4.shr_s(x, dropped), k);
  return i32x4.sub(x, i32x4.shr_s(i32x4.add(product, round), shift));
}
