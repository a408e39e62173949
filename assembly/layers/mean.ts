import { multiplyByQuantizedMultiplier } from "../fixed/requantize";

/**
 * MEAN or SUM over one axis or neighbouring axes.
 *
 *     out[o][k] = sat8(multiply(Σ_n in[o][n][k] − sumOfZeroPoints, q, exponent) + zeroPoint)
 *
 * @param input           i8[outer][count][inner]
 * @param output          i8[outer][inner]
 * @param sumOfZeroPoints zero point of the input · count; |Σ − sumOfZeroPoints| ≤ 255 · count < 2^31
 * @param q, exponent     s_in / s_out, of a MEAN divided by count, see host/compiler/ops/mean.ts
 */
export function mean(
  input: usize,
  output: usize,
  outer: i32,
  count: i32,
  inner: i32,
  sumOfZeroPoints: i32,
  q: i32,
  exponent: i32,
  rounding: i32,
  zeroPoint: i32,
): void {
  const bytes = count * inner;
  for (let o = 0; o < outer; ++o) {
    for (let from = input, end = input + inner; from < end; ++from) {
      let sum = -sumOfZeroPoints;
      for (let p = from, last = from + bytes; p < last; p += inner) sum += load<i8>(p);
      const scaled = multiplyByQuantizedMultiplier(sum, q, exponent, rounding);
      store<i8>(output++, min(max(scaled, -128 - zeroPoint), 127 - zeroPoint) + zeroPoint);
    }
    input += bytes;
  }
}
