/**
 * Two or three signed numbers side by side in an i64, so that one multiplication by a scalar, or one addition, counts
 * for all: field p starts at bit p · lane, and borrows from the fields below are undone when they are taken out.
 *
 *     lane 21:  x0 + x1·2^21 + x2·2^42       fields of 21, 21 and 22 bits
 *     lane 32:  x0 + x1·2^32                 fields of 32 bits
 *
 * A sum of words is right when its *final* fields fit; what overflows on the way is restored modulo 2^64.
 */
export const THREE = 21;

/** Factors of the second and third field; the third is absent with two. */
export function factor1(lane: i32): i64 {
  return i64(1) << i64(lane);
}

export function factor2(lane: i32): i64 {
  return lane === THREE ? i64(1) << 42 : 0;
}

/** The word of the i8 at three addresses. */
export function packI8(a0: usize, a1: usize, a2: usize, f1: i64, f2: i64): i64 {
  return i64.load8_s(a0) + i64.load8_s(a1) * f1 + i64.load8_s(a2) * f2;
}

/** The lowest field. */
export function lowest(word: i64, lane: i64): i64 {
  return (word << (64 - lane)) >> (64 - lane);
}

/** The fields above `field`, which must be the lowest. */
export function above(word: i64, field: i64, lane: i64): i64 {
  return (word - field) >> lane;
}
