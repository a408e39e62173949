import { moveA, moveB, movingAxis } from "../fixed/walk";

/**
 * MAXIMUM and MINIMUM with broadcasting, of bytes in one quantisation.
 *
 *     out = max(a, b), or −max(−a, −b)
 *
 * @param a       i8, `runs` runs of `run` elements, found by the walk; stepA is 0 where a run repeats one element
 * @param b       the same with stepB
 * @param output  i8[runs][run]; may be a or b where that one is not broadcast
 * @param axes    see fixed/walk.ts; unused with one run
 * @param largest 1 for MAXIMUM, 0 for MINIMUM
 */
export function extremum(
  a: usize,
  b: usize,
  output: usize,
  axes: usize,
  runs: i32,
  run: i32,
  stepA: i32,
  stepB: i32,
  largest: i32,
): void {
  for (let r = 1; ; ++r) {
    let pa = a;
    let pb = b;
    for (const end = output + run; output < end; ++output) {
      const x = i32(load<i8>(pa));
      const y = i32(load<i8>(pb));
      store<i8>(output, i32(x > y) === largest ? x : y);
      pa += stepA;
      pb += stepB;
    }
    if (r === runs) return;
    const axis = movingAxis(axes, r);
    a += moveA(axis);
    b += moveB(axis);
  }
}
