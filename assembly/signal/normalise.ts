/** What is common to features is taken off, and what is left becomes int8. All in Q16.16. */

/** i32[n], each `step` bytes after the other: less their own mean, which is rounded towards zero. n ≥ 1. */
export function lessMean(values: usize, n: i32, step: i32): void {
  let sum: i64 = 0;
  const end = values + usize(n * step);
  for (let at = values; at < end; at += step) sum += i64(load<i32>(at));
  const mean = i32(sum / i64(n));
  for (let at = values; at < end; at += step) store<i32>(at, load<i32>(at) - mean);
}

/**
 * i32[n]: each less its own mean over time, m ← m + (v − m) · 2^−shift, which is updated first.
 *
 * @param means i32[n], state, in Q16.16: |v| < 2^28 bounds the difference
 */
export function lessRunningMean(values: usize, n: i32, shift: i32, means: usize): void {
  for (const end = values + (usize(n) << 2); values < end; values += 4) {
    const value = load<i32>(values);
    let mean = load<i32>(means);
    mean += (value - mean) >> shift;
    store<i32>(means, mean);
    store<i32>(values, value - mean);
    means += 4;
  }
}

/**
 * q = clamp(value · multiplier + offset), to the nearest (a half goes up), or towards zero.
 *
 * @param values     i32[n], Q16.16
 * @param multiplier with `shift` fraction bits, below 2^31
 * @param offset     Q16.16
 * @param low, high  within −128 … 127
 * @param toZero     1: cut the fraction off
 * @param out        i8[n]
 */
export function quantised(
  values: usize,
  n: i32,
  multiplier: i32,
  shift: i32,
  offset: i32,
  low: i32,
  high: i32,
  toZero: i32,
  out: usize,
): void {
  for (const end = values + (usize(n) << 2); values < end; values += 4) {
    const x = ((i64(load<i32>(values)) * i64(multiplier)) >> shift) + i64(offset);
    // half for the nearest; for what is cut off, all of the fraction below zero
    const more: i64 = toZero ? (x < 0 ? 0xffff : 0) : 0x8000;
    const q = min(i64(high), max(i64(low), (x + more) >> 16));
    store<i8>(out, i8(q));
    out += 1;
  }
}
