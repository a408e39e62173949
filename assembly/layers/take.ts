import { moveB, movingAxis } from "../fixed/walk";

/**
 * Copies elements that lie apart, one after the other: STRIDED_SLICE and TRANSPOSE.
 *
 *     out[k] = in[start + k-th step of the walk]
 *
 * @param input  the first element that is wanted
 * @param output T[runs · run], in order
 * @param axes   see fixed/walk.ts, in bytes: moves of the output, which are not looked at, then of the input; unused with one run
 * @param step   bytes from one to the next within a run; may be negative
 */
export function take<T>(
  input: usize,
  output: usize,
  axes: usize,
  runs: i32,
  run: i32,
  step: i32,
): void {
  for (let r = 1; ; ++r) {
    let from = input;
    for (const end = output + run * sizeof<T>(); output < end; output += sizeof<T>()) {
      store<T>(output, load<T>(from));
      from += step;
    }
    if (r === runs) return;
    input += moveB(movingAxis(axes, r));
  }
}
