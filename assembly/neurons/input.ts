import { append, closeEvents, EVENTS } from "../fixed/event-list";

/** Counts u8[n] → events. Eight silent inputs cost one test. The eight bytes at the end may belong to others. */
export function inputCounts(input: usize, n: i32, events: usize): void {
  let next = events + EVENTS;
  for (let k = 0; k < n; k += 8) {
    if (load<i64>(input + k) === 0) continue;
    for (let i = k; i < min(k + 8, n); ++i) {
      const value = load<u8>(input + i);
      if (value) next = append(next, i, value);
    }
  }
  closeEvents(events, next);
}

/** Values i16[n] → events. */
export function inputValues(input: usize, n: i32, events: usize): void {
  let next = events + EVENTS;
  for (let k = 0; k < n; ++k) {
    const value = load<i16>(input + (usize(k) << 1));
    if (value) next = append(next, k, value);
  }
  closeEvents(events, next);
}
