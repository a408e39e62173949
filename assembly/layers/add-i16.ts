import { multiplyByQuantizedMultiplier } from "../fixed/requantize";
import { moveA, moveB, movingAxis } from "../fixed/walk";

/**
 * ADD and SUB of int16 with broadcasting, zero points 0.
 *
 *     out = clamp(multiply(multiply(a · 2^15, A) + sign · multiply(b · 2^15, B), q, exponent))
 *
 * A and B are at most ½, hence the sum stays inside int32. TFLite: kernels/internal/reference/add.h and sub.h, with the
 * left shift of micro/kernels/add_common.cc and sub_common.cc.
 *
 * @param a      i16, `runs` runs of `run` elements, found by the walk; stepA is 0 where a run repeats one element
 * @param b      the same with stepB
 * @param output i16[runs][run]; may be a or b where that one is not broadcast
 * @param axes   see fixed/walk.ts, in elements; unused with one run
 * @param sign   −1 of SUB, otherwise 1
 */
export function addI16(
  a: usize,
  b: usize,
  output: usize,
  axes: usize,
  runs: i32,
  run: i32,
  stepA: i32,
  stepB: i32,
  qA: i32,
  exponentA: i32,
  qB: i32,
  exponentB: i32,
  sign: i32,
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
      const x = multiplyByQuantizedMultiplier(i32(load<i16>(pa)) << 15, qA, exponentA, rounding);
      const y = multiplyByQuantizedMultiplier(i32(load<i16>(pb)) << 15, qB, exponentB, rounding);
      const scaled = multiplyByQuantizedMultiplier(x + sign * y, q, exponent, rounding);
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
