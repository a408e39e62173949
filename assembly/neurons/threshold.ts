import { count, SPIKES } from "../fixed/count";
import { append, closeEvents, eventsEnd } from "../fixed/event-list";

/**
 * Threshold: z = total + constant > θ. Nothing is kept.
 *
 * @param total      i32[n], |total| < 2^29
 * @param parameters (0, constant, threshold, 0) i32[1 or n][4], |constant| ≤ 2^28
 * @param stride     16, or 0 where all neurons share them
 * @param spikes     u8[n], 0 before the call
 */
export function threshold(
  total: usize,
  parameters: usize,
  stride: i32,
  spikes: usize,
  events: usize,
  n: i32,
  counters: usize,
): void {
  const first = eventsEnd(events);
  let next = first;
  for (let k = 0; k < n; ++k) {
    if (load<i32>(total + (usize(k) << 2)) + load<i32>(parameters, 4) > load<i32>(parameters, 8)) {
      store<u8>(spikes + k, 1);
      next = append(next, k, 1);
    }
    parameters += stride;
  }
  closeEvents(events, next);
  if (next !== first) count(counters + SPIKES, i64((next - first) >> 3));
}
