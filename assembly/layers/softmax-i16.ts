import { multiplyByQuantizedMultiplier } from "../fixed/requantize";

/**
 * SOFTMAX of int16 over the last axis, to Q0.15.
 *
 *     e[k] = exp(beta · scale · (x[k] − max x))        out[k] = e[k] / Σ e
 *
 * TFLite: SoftmaxInt16() of kernels/internal/reference/softmax.h. Both functions stand in tables of 512 straight lines,
 * and what is below exp(−10) is taken for it.
 *
 * @param input      i16[rows][depth], 1 ≤ depth ≤ 65536, so that Σ e fits 31 bits
 * @param output     the same shape; may be the input
 * @param exp        i16[513] over [−10, 0]
 * @param reciprocal i16[513] of 1 / (1 + x) over [0, 1]
 * @param q          with exponent: beta · scale · 65535 / 10, from differences to steps of the table
 */
export function softmaxI16(
  input: usize,
  output: usize,
  exp: usize,
  reciprocal: usize,
  rows: i32,
  depth: i32,
  q: i32,
  exponent: i32,
  rounding: i32,
): void {
  const bytes = depth << 1;
  for (let row = 0; row < rows; ++row) {
    let largest = -32768;
    for (let k = 0; k < bytes; k += 2) largest = max(largest, i32(load<i16>(input + k)));
    let sum: u32 = 0; // Q16.15; the largest element gives nearly 1
    for (let k = 0; k < bytes; k += 2) {
      const difference = i32(load<i16>(input + k)) - largest;
      const scaled = multiplyByQuantizedMultiplier(difference, q, exponent, rounding);
      const e = onLines(max(scaled, -65535) + 32767, exp);
      store<i16>(output + k, e);
      sum += e;
    }
    // Σ = 2^(16 − headroom) · (1 + a) with a in [0, 1)
    const headroom = i32(clz(sum)); // 1 to 17
    const shifted = i32(((i64(sum) << i64(headroom - 1)) + (1 << 13)) >> 14); // 2^16 to 2^17
    const quotient = onLines(min(shifted - (3 << 15), 32767), reciprocal);
    const shift = i64(31 - headroom);
    const half = i64(1) << (shift - 1);
    for (let k = 0; k < bytes; k += 2) {
      const scaled = i32((i64(load<i16>(output + k)) * i64(quotient) + half) >> shift);
      store<i16>(output + k, min(max(scaled, 0), 32767));
    }
    input += bytes;
    output += bytes;
  }
}

/** TFLite: LUTLookup(). @param x −32768 to 32767, the whole width of the table */
function onLines(x: i32, table: usize): i32 {
  const entry = table + (usize((x >> 7) + 256) << 1);
  const low = i32(load<i16>(entry));
  return low + (((i32(load<i16>(entry, 2)) - low) * (x & 127) + 64) >> 7);
}
