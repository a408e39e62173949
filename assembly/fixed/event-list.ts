/**
 * What a node gives in one step: the list of its elements that are not 0, ascending.
 *
 *     0  length   i32
 *     8  events   (index i32, value i32)[length]      value: 1 for a spike, a count, or a number in the node's format
 */
export const EVENTS: usize = 8;
export const EVENT_BYTES: usize = 8;

export function eventsEnd(list: usize): usize {
  return list + EVENTS + (usize(load<i32>(list)) << 3);
}

export function closeEvents(list: usize, end: usize): void {
  store<i32>(list, i32((end - list - EVENTS) >> 3));
}

/** @returns where the next event goes */
export function append(end: usize, index: i32, value: i32): usize {
  store<i32>(end, index);
  store<i32>(end, value, 4);
  return end + EVENT_BYTES;
}
