/**
 * out[k] = max(floor, factor · log2(value[k] · 2^exponent) + offset) in Q16.16, floor where the value is 0.
 *
 * log2 between two of 128 entries is a straight line, off by at most (1/128)² / 8 · log2(e) < 1.2 · 2^−16. With |log2| below
 * 2^8 in Q24 and the factor below 8 in Q28 the product is below 2^63.
 *
 * @param values   u64[n]
 * @param table    i32[129], log2(1 + i / 128) in Q24
 * @param exponent i32
 * @param factor   Q4.28
 * @param offset   Q16.16
 * @param floor    Q16.16
 * @param out      i32[n]; may be where the values are
 */
export function logarithm(
  values: usize,
  n: i32,
  table: usize,
  exponent: usize,
  factor: i32,
  offset: i32,
  floor: i32,
  out: usize,
): void {
  const whole = load<i32>(exponent) + 63;
  for (const end = values + (usize(n) << 3); values < end; values += 8) {
    const value = load<u64>(values);
    let result = floor;
    if (value !== 0) {
      const zeros = i32(clz(value));
      const mantissa = value << zeros;
      const entry = table + (usize((mantissa >> 56) & 127) << 2);
      const low = load<i32>(entry);
      const between = i32((mantissa >> 40) & 0xffff);
      const fraction = low + i32((i64(load<i32>(entry, 4) - low) * i64(between)) >> 16);
      const log2 = (i64(whole - zeros) << 24) + i64(fraction);
      result = max(floor, i32((log2 * i64(factor)) >> 36) + offset);
    }
    store<i32>(out, result);
    out += 4;
  }
}
