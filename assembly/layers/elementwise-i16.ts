import { multiplyByQuantizedMultiplier } from "../fixed/requantize";
import { sigmoidOf, tanh16 } from "../fixed/sigmoid-table";
import { moveA, moveB, movingAxis } from "../fixed/walk";

/**
 * ADD of int16 with broadcasting, zero points 0.
 *
 *     out = clamp(multiply(multiply(a · 2^15, A) + multiply(b · 2^15, B), q, exponent))
 *
 * A and B are at most ½, hence the sum stays inside int32.
 *
 * @param a      i16, `runs` runs of `run` elements, found by the walk; stepA is 0 where a run repeats one element
 * @param b      the same with stepB
 * @param output i16[runs][run]; may be a or b where that one is not broadcast
 * @param axes   see fixed/walk.ts, in elements; unused with one run
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
      const scaled = multiplyByQuantizedMultiplier(x + y, q, exponent, rounding);
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

/** MUL of int16, the same way: out = clamp(multiply(a · b, q, exponent)); |a · b| ≤ 2^30. */
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

/**
 * LOGISTIC of int16, as Q1.15.
 *
 * @param input      i16[count]
 * @param output     the same; may be the input
 * @param multiplier with shift: to steps of 1 / 12288; at most 32767
 * @param shift      0 to 30
 * @param table      see fixed/sigmoid-table.ts
 */
export function logisticI16(
  input: usize,
  output: usize,
  table: usize,
  count: i32,
  multiplier: i32,
  shift: i32,
): void {
  const half = (1 << shift) >> 1;
  for (const end = input + (count << 1); input < end; input += 2) {
    const scaled = (i32(load<i16>(input)) * multiplier + half) >> shift; // |sum| < 2^31
    store<i16>(output, sigmoidOf(scaled, table));
    output += 2;
  }
}

/** TANH of int16, as Q1.15; the same operands. */
export function tanhI16(
  input: usize,
  output: usize,
  table: usize,
  count: i32,
  multiplier: i32,
  shift: i32,
): void {
  for (const end = input + (count << 1); input < end; input += 2) {
    store<i16>(output, tanh16(i32(load<i16>(input)), multiplier, shift, table));
    output += 2;
  }
}
