import { count, SATURATIONS, SPIKES } from "../fixed/count";
import { append, closeEvents, eventsEnd } from "../fixed/event-list";
import { leak } from "../fixed/leak";
import { LIMIT } from "../fixed/limit";

/** What becomes of v at a spike; host/spiking/discrete-network.ts has the equations. */
export const NONE = 0;
export const ZERO = 1;
export const SUBTRACT = 2;
export const SNNTORCH = 3;
export const SPYX = 4;

/**
 * I, IF, LI, LIF, CubaLI and CubaLIF behind their receptors: neurons `from` to `to` − 1, appended to the list.
 *
 *     x = v − κ·v + total + constant        z = x > θ        v ← x after its reset, held within ±LIMIT
 *
 * |x ± θ| < 2^29 + 2^29 + 2^28 + 2^27 < 2^31, so that only the last step saturates.
 *
 * @param v               i32[n]
 * @param total           i32[n], |total| < 2^29
 * @param refractory      i32[n]: steps in which v still stays as it is; 0 where neurons have no refractory time
 * @param refractorySteps its value after a spike
 * @param parameters      (mantissa, constant, threshold, reset) i32[1 or n][4]
 * @param stride          16, or 0 where all neurons share them
 * @param spikes          u8[n], 0 before the call
 * @param events          see fixed/event-list.ts; values of I, LI and CubaLI are v
 */
export function membrane(
  v: usize,
  total: usize,
  refractory: usize,
  refractorySteps: i32,
  parameters: usize,
  stride: i32,
  shift: i32,
  rule: i32,
  spikes: usize,
  events: usize,
  from: i32,
  to: i32,
  counters: usize,
): void {
  let next = eventsEnd(events);
  const first = next;
  let saturations: i64 = 0;
  parameters += from * stride;
  for (let k = from; k < to; ++k) {
    const p = parameters;
    parameters += stride;
    const at = usize(k) << 2;
    if (refractory) {
      const left = load<i32>(refractory + at);
      if (left > 0) {
        store<i32>(refractory + at, left - 1);
        continue;
      }
    }
    const before = load<i32>(v + at);
    const threshold = load<i32>(p, 8);
    let x = before - leak(before, i64.load32_s(p), i64(shift));
    x += load<i32>(total + at) + load<i32>(p, 4);
    let spike = false;
    if (rule === ZERO) {
      spike = x > threshold;
      if (spike) x = load<i32>(p, 12);
    } else if (rule === SUBTRACT) {
      spike = x > threshold;
      if (spike) x -= threshold;
    } else if (rule === SNNTORCH) {
      // a potential above θ since the step before must exceed it once more
      spike = (before > threshold ? x - threshold : x) > threshold;
      if (spike) x -= threshold;
    } else if (rule === SPYX) {
      spike = before > threshold;
      if (spike) x -= threshold;
    }
    const now = min(max(x, -LIMIT), LIMIT);
    if (now !== x) ++saturations;
    store<i32>(v + at, now);
    if (rule === NONE) {
      if (now) next = append(next, k, now);
    } else if (spike) {
      store<u8>(spikes + k, 1);
      if (refractory) store<i32>(refractory + at, refractorySteps);
      next = append(next, k, 1);
    }
  }
  closeEvents(events, next);
  if (saturations) count(counters + SATURATIONS, saturations);
  if (rule !== NONE && next !== first) count(counters + SPIKES, i64((next - first) >> 3));
}
