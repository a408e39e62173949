/**
 * Sums on their way to a receptor: i32[slots][n]. `position` is the slot that is due in this step.
 *
 * @param ahead steps from now, at most `slots`: a full turn comes back to the slot that this step has already emptied
 */
export function slot(ring: usize, position: usize, ahead: i32, slots: i32, n: i32): usize {
  if (slots === 1) return ring;
  let k = load<i32>(position) + ahead;
  if (k >= slots) k -= slots;
  return ring + ((usize(k) * usize(n)) << 2);
}

/** At the end of a step. */
export function turn(position: usize, slots: i32): void {
  const next = load<i32>(position) + 1;
  store<i32>(position, next === slots ? 0 : next);
}
