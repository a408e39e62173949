import { count, SPIKES, SYNAPTIC_EVENTS } from "../fixed/count";
import { append, closeEvents, EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";
import { LIMIT } from "../fixed/limit";

/**
 * Rosenblatt's perceptron with its learning step: y = w·x + b > 0, then w ← w + (t − y)·x and b ← b + (t − y).
 * Counts as one synaptic event each weight that a non-zero x meets.
 *
 * @param source  events of x[last], then the target t at index `last`
 * @param weights i32[last + 1]: w, then b
 * @param spikes  u8[1], 0 before the call
 */
export function perceptron(
  source: usize,
  weights: usize,
  last: i32,
  spikes: usize,
  events: usize,
  counters: usize,
): void {
  const end = eventsEnd(source);
  const bias = weights + (usize(last) << 2);
  let sum = i64.load32_s(bias);
  let error = 0;
  let met: i64 = 0;
  for (let e = source + EVENTS; e < end; e += EVENT_BYTES) {
    const index = load<i32>(e);
    const x = load<i32>(e, 4);
    if (index === last) error = x;
    else {
      sum += i64.load32_s(weights + (usize(index) << 2)) * i64(x);
      ++met;
    }
  }
  if (sum > 0) {
    store<u8>(spikes, 1);
    closeEvents(events, append(eventsEnd(events), 0, 1));
    count(counters + SPIKES, 1);
    --error;
  }
  count(counters + SYNAPTIC_EVENTS, met);
  if (error === 0) return;
  add(bias, error);
  for (let e = source + EVENTS; e < end; e += EVENT_BYTES) {
    const index = load<i32>(e);
    if (index !== last) add(weights + (usize(index) << 2), error * load<i32>(e, 4));
  }
}

function add(at: usize, change: i32): void {
  store<i32>(at, min(max(load<i32>(at) + change, -LIMIT), LIMIT)); // |change| ≤ 255 · 255
}
