import { multiplyByQuantizedMultiplier } from "../fixed/requantize";
import { moveA, moveB, movingAxis } from "../fixed/walk";

/**
 * MUL of int16 with broadcasting, zero points 0: out = clamp(multiply(a · b, q, exponent)); |a · b| ≤ 2^30.
 *
 * @param a      i16, `runs` runs of `run` elements, found by the walk; stepA is 0 where a run repeats one element
 * @param b      the same with stepB
 * @param output i16[runs][run]; may be a or b where that one is not broadcast
 * @param axes   see fixed/walk.ts, in elements; unused with one run
 */
export function mulI16(
  a: usize,
  b: usize,
  output: usize,
  axes: usize,
  runs: i32,
  run: i32,
  stepA: i32,
  stepB: i32,
  q: i32,
  exponent: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  for (let r = 1; ; ++r) {
    let pa = a;
    let pb = b;
    for (const end = output + (run << 1); output < end; output += 2) {
      const product = i32(load<i16>(pa)) * i32(load<i16>(pb));
      const scaled = multiplyByQuantizedMultiplier(product, q, exponent, rounding);
      store<i16>(output, min(max(scaled, low), high));
      pa += stepA << 1;
      pb += stepB << 1;
    }
    if (r === runs) return;
    const axis = movingAxis(axes, r);
    a += moveA(axis) << 1;
    b += moveB(axis) << 1;
  }
}
