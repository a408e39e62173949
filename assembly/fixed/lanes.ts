/**
 * One to three sums side by side in an i64, so that one multiplication by a scalar counts for all of them. Field p starts
 * at bit p · lane and holds its sum in offset binary: 2^(lane − 1) is added, so that fields never borrow.
 *
 *     lane 21:  s0 + s1·2^21 + s2·2^42       three sums in [−2^20, 2^20)
 *     lane 32:  s0 + s1·2^32                 two sums in [−2^31, 2^31)
 *     lane 63:  s0                           one sum in [−2^62, 2^62)
 *
 * Only the final sums must fit: what overflows on the way is restored modulo 2^64. A field whose final sum does not fit
 * would carry into the next one.
 */
export const THREE = 21;
export const TWO = 32;
export const ONE = 63;

/** Factors of the second and third field; 0 where there is none. */
export function factor1(lane: i32): i64 {
  return lane === ONE ? 0 : i64(1) << i64(lane);
}

export function factor2(lane: i32): i64 {
  return lane === THREE ? i64(1) << 42 : 0;
}

/** Where sums start: the offset in every field. */
export function offsets(lane: i32): i64 {
  return (1 + factor1(lane) + factor2(lane)) << i64(lane - 1);
}

/** The i8 at three addresses, side by side. */
export function packI8(a0: usize, a1: usize, a2: usize, f1: i64, f2: i64): i64 {
  return i64.load8_s(a0) + i64.load8_s(a1) * f1 + i64.load8_s(a2) * f2;
}

/** Adds the three fields of a word of lane 21, offsets included, to i64[3]. */
export function addFields(sums: usize, word: i64): void {
  const mask = (1 << 21) - 1;
  store<i64>(sums, load<i64>(sums) + (word & mask));
  store<i64>(sums, load<i64>(sums, 8) + ((word >>> 21) & mask), 8);
  store<i64>(sums, load<i64>(sums, 16) + (word >>> 42), 16);
}
