import { nudgeOf, roundingShift } from "../fixed/requantize";
import { moveA, moveB, movingAxis } from "../fixed/walk";

/**
 * MUL with broadcasting.
 *
 *     out = clamp(multiply((a − zeroPointA) · (b − zeroPointB), q, exponent) + zeroPoint, low, high)
 *
 * @param a      i8, `runs` runs of `run` elements, found by the walk; stepA is 0 where a run repeats one element
 * @param b      the same with stepB
 * @param output i8[runs][run]; may be a or b where that one is not broadcast
 * @param axes   see fixed/walk.ts; unused with one run
 * @param exponent −31 to 10: a larger multiplier saturates whatever is not 0
 */
export function mul(
  a: usize,
  b: usize,
  output: usize,
  axes: usize,
  runs: i32,
  run: i32,
  stepA: i32,
  stepB: i32,
  zeroPointA: i32,
  zeroPointB: i32,
  q: i32,
  exponent: i32,
  rounding: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const left = max(exponent, 0);
  const shift = i64(31 - min(exponent, 0));
  const nudge = nudgeOf(exponent, rounding);
  const m = i64(q);
  // clamped before the zero point is added: what was multiplied may be any i32
  const lowest = low - zeroPoint;
  const highest = high - zeroPoint;
  for (let r = 1; ; ++r) {
    let pa = a;
    let pb = b;
    for (const end = output + run; output < end; ++output) {
      const product = (load<i8>(pa) - zeroPointA) * (load<i8>(pb) - zeroPointB); // |product| < 2^16
      const scaled = roundingShift(i64(product << left) * m, shift, nudge);
      store<i8>(output, min(max(scaled, lowest), highest) + zeroPoint);
      pa += stepA;
      pb += stepB;
    }
    if (r === runs) return;
    const axis = movingAxis(axes, r);
    a += moveA(axis);
    b += moveB(axis);
  }
}
