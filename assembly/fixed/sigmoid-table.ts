/**
 * Sigmoid and hyperbolic tangent of 16 bits, between the entries of a table: TFLite's Logistic and Tanh of int16.
 *
 * @param table u16[256] of 65536 · sigmoid(k / 24); beyond its end both functions are flat
 */

/** sigmoid of x in Q4.12, as Q1.15. */
export function sigmoid16(x: i32, table: usize): i32 {
  return sigmoidOf(3 * x, table);
}

/** The same of x in 2^9 steps from entry to entry. */
export function sigmoidOf(scaled: i32, table: usize): i32 {
  const distance = abs(scaled);
  const k = distance >> 9;
  let y = 0x7fff << 10;
  if (k < 255) {
    const entry = table + (usize(k) << 1);
    const low = i32(load<u16>(entry));
    y = (low << 9) + (distance & 0x1ff) * (i32(load<u16>(entry, 2)) - low); // < 2^25
  }
  return (scaled >= 0 ? y + (1 << 9) : (1 << 25) - y + (1 << 9) - 1) >> 10;
}

/** tanh(x) = 2 · sigmoid(2x) − 1, as Q1.15. @param x in 3 · 2^−12 / multiplier · 2^shift; |x · multiplier| < 2^31 */
export function tanh16(x: i32, multiplier: i32, shift: i32, table: usize): i32 {
  const scaled = (x * multiplier + ((1 << shift) >> 1)) >> shift; // 2^8 steps from entry to entry
  const distance = abs(scaled);
  const k = distance >> 8;
  let y = 0xffff << 8;
  if (k < 255) {
    const entry = table + (usize(k) << 1);
    const low = i32(load<u16>(entry));
    y = (low << 8) + (distance & 0xff) * (i32(load<u16>(entry, 2)) - low); // < 2^24
  }
  return (scaled >= 0 ? y - (1 << 23) + (1 << 7) : (1 << 23) - y + (1 << 7) - 1) >> 8;
}
