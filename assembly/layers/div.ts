import { oneOverOnePlus } from "../fixed/reciprocal";
import { multiplyByQuantizedMultiplier } from "../fixed/requantize";
import { moveA, moveB, movingAxis } from "../fixed/walk";

/**
 * DIV with broadcasting: by the reciprocal of the divisor, as TensorFlow Lite Micro.
 *
 *     out = clamp(multiply((a − zeroPointA) / (b − zeroPointB), q, exponent) + zeroPoint, low, high)
 *
 * A divisor of 0, whose quotient nothing defines, gives 0.
 *
 * @param a      i8, `runs` runs of `run` elements, found by the walk; stepA is 0 where a run repeats one element
 * @param b      the same with stepB
 * @param output i8[runs][run]; may be a or b where that one is not broadcast
 * @param axes   see fixed/walk.ts; unused with one run
 * @param exponent −31 to 22: a larger multiplier saturates whatever is not 0
 */
export function div(
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
  for (let r = 1; ; ++r) {
    let pa = a;
    let pb = b;
    for (const end = output + run; output < end; ++output) {
      let x = load<i8>(pa) - zeroPointA;
      let y = load<i8>(pb) - zeroPointB;
      let scaled = 0;
      if (x && y) {
        if (y < 0) {
          x = -x;
          y = -y;
        }
        // y = (1 + f) · 2^(31 − places), and x with every bit in use
        const places = clz(y);
        const reciprocal = oneOverOnePlus((y << places) - i32.MIN_VALUE);
        const headroom = clz(x > 0 ? x : 2 * -x - 1) - 1;
        const quotient = multiplyByQuantizedMultiplier(x, reciprocal, headroom, rounding);
        const shift = exponent - (31 - places) - headroom; // ≤ 0
        if (shift >= -31) scaled = multiplyByQuantizedMultiplier(quotient, q, shift, rounding);
      }
      // clamped before the zero point is added: what was multiplied may be any i32
      store<i8>(output, min(max(scaled, low - zeroPoint), high - zeroPoint) + zeroPoint);
      pa += stepA;
      pb += stepB;
    }
    if (r === runs) return;
    const axis = movingAxis(axes, r);
    a += moveA(axis);
    b += moveB(axis);
  }
}
