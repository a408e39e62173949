import { count, SATURATIONS } from "../fixed/count";
import { leak } from "../fixed/leak";
import { LIMIT } from "../fixed/limit";

/** Fatigue acts on the potential: total ← total − w, |total − w| < 2^30. Before membrane(). */
export function fatigue(total: usize, w: usize, n: i32): void {
  for (const end = w + (usize(n) << 2); w < end; w += 4) {
    store<i32>(total, load<i32>(total) - load<i32>(w));
    total += 4;
  }
}

/**
 * Recovery, and more fatigue after a spike: w ← w − κ·w + z·increment, held within ±LIMIT. After membrane().
 *
 * @param w          i32[n]
 * @param spikes     u8[n]
 * @param parameters (mantissa, increment) i32[1 or n][2], |increment| ≤ 2^28
 * @param stride     8, or 0 where all neurons share them
 */
export function recover(
  w: usize,
  spikes: usize,
  parameters: usize,
  stride: i32,
  shift: i32,
  n: i32,
  counters: usize,
): void {
  let saturations: i64 = 0;
  for (const end = w + (usize(n) << 2); w < end; w += 4) {
    const before = load<i32>(w);
    let exact = before - leak(before, i64.load32_s(parameters), i64(shift));
    if (load<u8>(spikes)) exact += load<i32>(parameters, 4);
    const now = min(max(exact, -LIMIT), LIMIT);
    if (now !== exact) ++saturations;
    store<i32>(w, now);
    ++spikes;
    parameters += stride;
  }
  if (saturations) count(counters + SATURATIONS, saturations);
}
