import { multiplyByQuantizedMultiplier, nudgeOf, roundingShift } from "../fixed/requantize";
import { saturatingLeftShift } from "../fixed/saturating";
import { moveA, moveB, movingAxis } from "../fixed/walk";

/**
 * The contribution of one operand of ADD or SUB, for each of the 256 bytes it may hold. TFLite shifts operands left by
 * 20 and brings them to twice the larger scale: the multiplier is at most 1/2.
 *
 *     table[x] = sign · multiply((x − zeroPoint) · 2^20, q, exponent)        |(x − zeroPoint) · 2^20| < 2^28
 *
 * @param table i32[256], indexed by the byte as u8; |entry| < 2^27
 * @param sign  −1 for the second operand of SUB, otherwise 1
 */
export function addTable(
  table: usize,
  zeroPoint: i32,
  q: i32,
  exponent: i32,
  sign: i32,
  rounding: i32,
): void {
  for (let byte = 0; byte < 256; ++byte) {
    const x = (i32(i8(byte)) - zeroPoint) << 20;
    const term = sign * multiplyByQuantizedMultiplier(x, q, exponent, rounding);
    store<i32>(table + (usize(byte) << 2), term);
  }
}

/**
 * ADD and SUB with broadcasting.
 *
 *     out = clamp(multiply(tableA[a] + tableB[b], q, exponent) + zeroPoint, low, high)
 *
 * @param a      i8, `runs` runs of `run` elements, found by the walk; stepA is 0 where a run repeats one element
 * @param b      the same with stepB
 * @param output i8[runs][run]; may be a or b where that one is not broadcast
 * @param axes   see fixed/walk.ts; unused with one run
 * @param exponent −31 to 10: a larger multiplier saturates whatever is not 0
 */
export function add(
  a: usize,
  b: usize,
  output: usize,
  tableA: usize,
  tableB: usize,
  axes: usize,
  runs: i32,
  run: i32,
  stepA: i32,
  stepB: i32,
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
      let sum =
        load<i32>(tableA + (usize(load<u8>(pa)) << 2)) +
        load<i32>(tableB + (usize(load<u8>(pb)) << 2)); // |sum| < 2^28
      if (left) sum = saturatingLeftShift(sum, left);
      const scaled = roundingShift(i64(sum) * m, shift, nudge);
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
