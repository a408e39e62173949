import { append, closeEvents, EVENTS } from "../fixed/event-list";

/**
 * Counts u8[n] → events. Eight silent inputs cost one test, from the first address on that is a multiple of eight: boards
 * fault at others. The eight bytes at the end may belong to others.
 */
export function inputCounts(input: usize, n: i32, events: usize): void {
  let next = events + EVENTS;
  for (let k = 0; k < n; ) {
    const past = i32(input + k) & 7;
    if (past === 0 && load<i64>(input + k) === 0) {
      k += 8;
      continue;
    }
    for (const end = min(k + 8 - past, n); k < end; ++k) {
      const value = load<u8>(input + k);
      if (value) next = append(next, k, value);
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
