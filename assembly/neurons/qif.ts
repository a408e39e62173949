import { count, SATURATIONS, SPIKES } from "../fixed/count";
import { append, closeEvents, eventsEnd } from "../fixed/event-list";
import { LIMIT } from "../fixed/limit";

/** What the parabola loses before it is scaled, rounded half up. */
const COARSE: i64 = 21;
const COARSE_HALF: i64 = 1 << 20;

/**
 * Quadratic integrate-and-fire, one explicit Euler step:
 *
 *     x = v + g·(v − rest)·(v − critical) + total + constant        spike where x ≥ θ: v ← reset
 *
 * g = mantissa · 2^−(21 + shift). With |v − rest|, |v − critical| < 2^29 + 2^28 the parabola stays below 1.125 · 2^59, in
 * steps of 2^21 below 1.125 · 2^38, and times the mantissa below 1.125 · 2^62: half a unit of the shift still fits i64.
 * An x below θ can leave the format only below.
 *
 * @param v               i32[n]
 * @param total           i32[n], |total| < 2^29
 * @param refractory      i32[n]: steps in which v still stays as it is; 0 where neurons have no refractory time
 * @param refractorySteps its value after a spike
 * @param parameters      (mantissa, constant, rest, critical, threshold, reset) i32[1 or n][6]; 0 ≤ mantissa < 2^24,
 *                        |θ| ≤ 2^27, the others up to ±2^28
 * @param stride          24, or 0 where all neurons share them
 * @param shift           1 to 60
 * @param spikes          u8[n], 0 before the call
 */
export function qif(
  v: usize,
  total: usize,
  refractory: usize,
  refractorySteps: i32,
  parameters: usize,
  stride: i32,
  shift: i32,
  spikes: usize,
  events: usize,
  n: i32,
  counters: usize,
): void {
  const first = eventsEnd(events);
  let next = first;
  let saturations: i64 = 0;
  const places = i64(shift);
  const half = i64(1) << (places - 1);
  for (let k = 0; k < n; ++k) {
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
    const before = i64.load32_s(v + at);
    const parabola = (before - i64.load32_s(p, 8)) * (before - i64.load32_s(p, 12));
    const rise = (((parabola + COARSE_HALF) >> COARSE) * i64.load32_s(p) + half) >> places;
    const x = before + rise + i64.load32_s(total + at) + i64.load32_s(p, 4);
    if (x >= i64.load32_s(p, 16)) {
      store<i32>(v + at, load<i32>(p, 20));
      store<u8>(spikes + k, 1);
      if (refractory) store<i32>(refractory + at, refractorySteps);
      next = append(next, k, 1);
    } else if (x < -i64(LIMIT)) {
      store<i32>(v + at, -LIMIT);
      ++saturations;
    } else store<i32>(v + at, i32(x));
  }
  closeEvents(events, next);
  if (saturations) count(counters + SATURATIONS, saturations);
  if (next !== first) count(counters + SPIKES, i64((next - first) >> 3));
}
