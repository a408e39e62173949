/**
 * What surrounds the transforms of a demodulation: a band of complex lines is brought to zero frequency by an inverse
 * transform, and the power of what comes out, less its mean, is real and is transformed again.
 */

/**
 * Complex i32[n], real and imaginary parts exchanged: a transform of that is the inverse transform, exchanged.
 *
 * @param block, toBlock i32 exponents, which are equal afterwards
 */
export function exchanged(lines: usize, n: i32, block: usize, to: usize, toBlock: usize): void {
  store<i32>(toBlock, load<i32>(block));
  for (const end = to + (usize(n) << 3); to < end; to += 8) {
    store<i32>(to, load<i32>(lines, 4));
    store<i32>(to, load<i32>(lines), 4);
    lines += 8;
  }
}

/**
 * u64[n], below 2^62 as complexFft leaves them, → i32[n] in place: each less the mean of all, shifted to 28 bits.
 *
 * @param log2  of n, 5 … 9
 * @param block i32 exponent, i32 bits of the powers; the exponent of the results is written to the former
 */
export function lessMeanPower(values: usize, log2: i32, block: usize): void {
  const n = usize(1) << log2;
  let mean: i64 = 0;
  for (let at = values, end = values + (n << 3); at < end; at += 8) {
    // the parts that the shift cuts off are less than one in all
    mean += load<i64>(at) >> log2;
  }
  const shift = load<i32>(block, 4) - 28;
  const right = max(0, shift);
  const left = max(0, -shift);
  const round = (i64(1) << right) >> 1;
  let to = values;
  for (let at = values, end = values + (n << 3); at < end; at += 8) {
    const apart = load<i64>(at) - mean;
    store<i32>(to, i32(((apart << left) + round) >> right));
    to += 4;
  }
  store<i32>(block, load<i32>(block) + shift);
}

/** i32[n] and i32[n] → i32[n, 2], side by side. */
export function beside(a: usize, b: usize, n: i32, to: usize): void {
  for (const end = to + (usize(n) << 3); to < end; to += 8) {
    store<i32>(to, load<i32>(a));
    store<i32>(to, load<i32>(b), 4);
    a += 4;
    b += 4;
  }
}
