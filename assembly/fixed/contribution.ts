/** What one synapse adds to its target for one event. */

/** value · weight / 2^shift, rounded half up; a negative shift goes left. |value · weight| < 2^29 · 2^15. */
export function graded(value: i64, weight: i64, shift: i32): i32 {
  const product = value * weight;
  if (shift <= 0) return i32(product << i64(-shift));
  return i32((product + (i64(1) << i64(shift - 1))) >> i64(shift));
}

/** Of counts: count · weight · 2^shift. Of values: as above. */
export function contribution(value: i32, weight: i32, shift: i32, values: i32): i32 {
  return values ? graded(i64(value), i64(weight), shift) : (value * weight) << shift;
}
