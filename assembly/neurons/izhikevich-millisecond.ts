import { count, SATURATIONS, SPIKES } from "../fixed/count";
import { append, closeEvents, eventsEnd } from "../fixed/event-list";
import { LIMIT } from "../fixed/limit";
import { slot } from "../fixed/ring";
import { halfStep, keep, recover, rise, SQUARE } from "./izhikevich";

/** 1 ms / 2 in the format of izhikevich.ts. */
const HALF_MILLISECOND: i32 = 1 << 25;
/** A quiet potential is within [−FLOOR, CEILING) mV. */
const FLOOR: i32 = 90;
const CEILING: i32 = 32;

/**
 * izhikevich() in coarse steps of one millisecond, with shared parameters and memoryless() in the same pass: the same
 * state, bit for bit. Quiet neurons, nearly all of a network in nearly every step, take 32 bits:
 *
 *     |x| ≤ 90 · 2^bits, bits ≤ 21:  (x² >> 26) · 2^(24 − bits) ≤ 8100 · 2^(bits − 2) < 2^32
 *     0.04·x² + 5·x                  within [−157, 201] mV
 *     slope                          |…| ≤ (201 + 140) · 2^21 + 2^29 + 2^28 + 2^29 < 2^31
 *
 * What is added on the way may wrap: its sum does not. A neuron that spikes, is about to, or is far below takes the 64
 * bits of izhikevich().
 *
 * @param v          i32[n] in mV, `bits` fraction bits, as everything without a format of its own
 * @param ring       i32[slots][n]: what has arrived is at `position`; left at 0. |arrived + bias| < 2^29 is proven
 * @param s          i32[n]: what arrived
 * @param bits       18 to 21
 * @param parameters (constant, a·dt·2^30, b·2^24, c, d, threshold, bias) i32[7]; 0 ≤ a·dt < 1/2, |b| < 1/2,
 *                   threshold ≤ CEILING
 */
export function izhikevichMillisecond(
  v: usize,
  u: usize,
  s: usize,
  ring: usize,
  position: usize,
  slots: i32,
  bits: i32,
  parameters: usize,
  spikes: usize,
  events: usize,
  n: i32,
  counters: usize,
): void {
  const first = eventsEnd(events);
  let next = first;
  let saturations: i64 = 0;
  const drive = load<i32>(parameters) + (140 << bits);
  const a = i64(load<i32>(parameters, 4) << 2);
  const b = i64(load<i32>(parameters, 8) << 8);
  const firing = load<i32>(parameters, 20);
  const bias = load<i32>(parameters, 24);
  const floor = FLOOR << bits;
  const silent = u32(floor + firing);
  const quiet = u32(floor + (CEILING << bits));
  const scale = 24 - bits;
  let arrived = slot(ring, position, 0, slots, n);
  for (let k = 0; k < n; ++k) {
    const now = load<i32>(arrived) + bias;
    store<i32>(arrived, 0);
    store<i32>(s, now);
    let x = load<i32>(v);
    const w = load<i32>(u);
    let calm = false;
    if (u32(x + floor) < silent) {
      const input = now + drive - w;
      x += risen(x, input, scale);
      calm = u32(x + floor) < quiet;
      if (calm) {
        x += risen(x, input, scale);
        store<i32>(u, w + i32((a * i64(i32((b * i64(x)) >> 32) - w) + 0x80000000) >> 32));
        // far below, or so far above that only the threshold counts
        if (u32(x + LIMIT) > u32(2 * LIMIT)) {
          if (x < 0) ++saturations;
          x = x < 0 ? -LIMIT : LIMIT;
        }
        store<i32>(v, x);
      }
    }
    if (!calm) {
      let y = i64.load32_s(v);
      let z = i64(w);
      const total = i64(now) + i64(drive);
      if (y >= i64(firing)) {
        y = i64.load32_s(parameters, 12);
        z += i64.load32_s(parameters, 16);
        store<u8>(spikes + k, 1);
        next = append(next, k, 1);
      }
      y = halfStep(y, z, total, HALF_MILLISECOND, bits);
      y += rise(y, total - z, HALF_MILLISECOND, bits);
      z = recover(z, y, i64.load32_s(parameters, 4), i64.load32_s(parameters, 8));
      saturations += keep(v, u, y, z);
    }
    arrived += 4;
    s += 4;
    v += 4;
    u += 4;
  }
  closeEvents(events, next);
  if (saturations) count(counters + SATURATIONS, saturations);
  if (next !== first) count(counters + SPIKES, i64((next - first) >> 3));
}

/** rise() of half a millisecond, for a quiet x. */
function risen(x: i32, input: i32, scale: i32): i32 {
  const square = u32((i64(x) * i64(x)) >> 26) << scale;
  const bent = i32((u64(square) * u64(SQUARE)) >> 32);
  return (bent + 5 * x + input + 1) >> 1;
}
