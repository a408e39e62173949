import { expOnNegativeValues } from "../fixed/exp";
import { oneOverOnePlus } from "../fixed/reciprocal";
import { multiplyByQuantizedMultiplier } from "../fixed/requantize";
import { roundingDivideByPot, saturatingRoundingDoublingHighMul } from "../fixed/saturating";

/**
 * SOFTMAX over the last axis, int8 to int8 of scale 1/256 and zero point −128.
 *
 *     e[k] = exp(beta · scale · (x[k] − max x))        out[k] = 256 · e[k] / Σ e − 128
 *
 * @param input    i8[rows][depth], 1 ≤ depth ≤ 8191, so that Σ e in Q13.19 fits 32 bits unsigned
 * @param output   the same shape; may be the input
 * @param scratch  i32[depth]
 * @param q        with exponent: beta · scale · 2^26, from differences to Q6.26
 * @param exponent 1 to 31
 * @param diffMin  below it e is 0: |diffMin| · 2^exponent ≤ 31 · 2^26, so the argument of exp lies in [−31, 0]
 */
export function softmax(
  input: usize,
  output: usize,
  scratch: usize,
  rows: i32,
  depth: i32,
  q: i32,
  exponent: i32,
  diffMin: i32,
  rounding: i32,
): void {
  for (let row = 0; row < rows; ++row) {
    let largest = -128;
    for (let k = 0; k < depth; ++k) largest = max(largest, i32(load<i8>(input + k)));
    let sum: u32 = 0; // Q13.19, at least 2^19: the largest element gives 1
    for (let k = 0; k < depth; ++k) {
      const difference = load<i8>(input + k) - largest;
      let e = 0; // Q1.31
      if (difference >= diffMin) {
        e = expOnNegativeValues(
          multiplyByQuantizedMultiplier(difference, q, exponent, rounding),
          5,
        );
      }
      store<i32>(scratch + (usize(k) << 2), e);
      sum += roundingDivideByPot(e, 12);
    }
    // Σ = 2^(12 − headroom) · (1 + a) with a in [0, 1)
    const headroom = i32(clz(sum));
    const reciprocal = oneOverOnePlus(i32((sum << headroom) & 0x7fffffff));
    for (let k = 0; k < depth; ++k) {
      const e = load<i32>(scratch + (usize(k) << 2));
      const quotient = saturatingRoundingDoublingHighMul(reciprocal, e);
      // Q(13 − headroom).(19 + headroom − …): 31 − 8 bits to 1/256, 12 − headroom for the power of two taken out of Σ
      const scaled = roundingDivideByPot(quotient, 35 - headroom);
      store<i8>(output + k, min(scaled - 128, 127));
    }
    input += depth;
    output += depth;
  }
}
