import { multiplyByQuantizedMultiplier } from "../fixed/requantize";
import { moveA, moveB, movingAxis } from "../fixed/walk";

/**
 * PRELU with broadcasting: a slope of its own for each element below zero.
 *
 *     x = a − zeroPointA
 *     out = sat8(multiply(x, q, exponent) + zeroPoint)                              where x ≥ 0
 *     out = sat8(multiply(x · (b − zeroPointB), qBelow, exponentBelow) + zeroPoint)   elsewhere
 *
 * @param a      i8, `runs` runs of `run` elements, found by the walk
 * @param b      slopes, the same with stepB, which is 0 where a run has one slope
 * @param output i8[runs][run]; may be a
 * @param axes   see fixed/walk.ts; unused with one run
 * @param exponent, exponentBelow at most 10: |x · slope| < 2^16, and a larger multiplier saturates whatever is not 0
 */
export function prelu(
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
  qBelow: i32,
  exponentBelow: i32,
  rounding: i32,
  zeroPoint: i32,
): void {
  for (let r = 1; ; ++r) {
    let pa = a;
    let pb = b;
    for (const end = output + run; output < end; ++output) {
      const x = i32(load<i8>(pa)) - zeroPointA;
      const scaled =
        x >= 0
          ? multiplyByQuantizedMultiplier(x, q, exponent, rounding)
          : multiplyByQuantizedMultiplier(
              x * (i32(load<i8>(pb)) - zeroPointB),
              qBelow,
              exponentBelow,
              rounding,
            );
      store<i8>(output, min(max(scaled, -128 - zeroPoint), 127 - zeroPoint) + zeroPoint);
      pa += stepA;
      pb += stepB;
    }
    if (r === runs) return;
    const axis = movingAxis(axes, r);
    a += moveA(axis);
    b += moveB(axis);
  }
}
