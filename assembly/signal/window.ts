/**
 * Pre-emphasis and window of one frame, scaled so that its largest value has about 28 bits (a block floating point):
 *
 *     frame[n] · 2^exponent = (x[n] − c · x[n−1]) · w[n],  0 ≤ n < length;  frame[n] = 0,  length ≤ n < size
 *
 * x[n] − c · x[n−1] in Q15 is exact: |x| ≤ 2^15 and |c| < 1 bound it by 2^31 − 2^15. With `bits` bits in the largest |x| the
 * product with the window is at most 2^(bits + 16 + 30), so a shift by bits + 18 leaves 2^28. Where pre-emphasis or the
 * flanks of the window leave less than 2^22, it is computed once more, with a smaller shift.
 *
 * @param samples     i16[1 + length], the sample before the frame first
 * @param preemphasis c in Q1.15, ±32767
 * @param weights     i32[length / 2 + 1] in Q2.30, 0 … 1: the window is periodic, w[n] = w[length − n]
 * @param frame       i32[size]
 * @param exponent    i32
 */
export function windowed(
  samples: usize,
  length: i32,
  preemphasis: i32,
  weights: usize,
  frame: usize,
  size: i32,
  exponent: usize,
): void {
  let any = 0;
  for (let at = samples, end = samples + (usize(length) << 1); at <= end; at += 2) {
    const x = i32(load<i16>(at));
    any |= x ^ (x >> 31);
  }
  let shift = 50 - clz(any);
  let left = 29 - write(samples, length, preemphasis, weights, frame, shift);
  if (left > 6) {
    left = min(left, shift - 1);
    shift -= left;
    write(samples, length, preemphasis, weights, frame, shift);
  }
  for (let k = length; k < size; ++k) store<i32>(frame + (usize(k) << 2), 0);
  store<i32>(exponent, shift - 45);
}

/** @returns bits of the largest magnitude written, at least 1 */
function write(
  samples: usize,
  length: i32,
  preemphasis: i32,
  weights: usize,
  frame: usize,
  shift: i32,
): i32 {
  const round = i64(1) << (shift - 1);
  let before = i32(load<i16>(samples));
  let any = 0;
  for (let n = 0; n < length; ++n) {
    samples += 2;
    const x = i32(load<i16>(samples));
    const y = (x << 15) - preemphasis * before;
    before = x;
    const w = load<i32>(weights + (usize(min(n, length - n)) << 2));
    const value = i32((i64(y) * i64(w) + round) >> shift);
    any |= value ^ (value >> 31);
    store<i32>(frame + (usize(n) << 2), value);
  }
  return 32 - clz(any | 1);
}
