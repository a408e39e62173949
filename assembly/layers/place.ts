import { moveA, moveB, movingAxis } from "../fixed/walk";
import { inWords } from "../fixed/words";

/**
 * Copies a box of bytes into a larger one: CONCATENATION, and PAD after fill().
 *
 * @param input  i8[runs][run]
 * @param output the larger box
 * @param offset of the first run in it
 * @param axes   see fixed/walk.ts: moves of the output, then of the input; unused with one run
 */
export function place(
  input: usize,
  output: usize,
  offset: i32,
  axes: usize,
  runs: i32,
  run: i32,
): void {
  let to = output + offset;
  for (let r = 1; ; ++r) {
    const words = inWords(input, to, run);
    let k = 0;
    for (; k < words; k += 8) store<u64>(to + k, load<u64>(input + k));
    for (; k < run; ++k) store<u8>(to + k, load<u8>(input + k));
    if (r === runs) return;
    const axis = movingAxis(axes, r);
    to += moveA(axis);
    input += moveB(axis);
  }
}

/** out[k] = value for n bytes. */
export function fill(output: usize, n: i32, value: i32): void {
  const words = n & ~7;
  const four = u64(u8(value)) * 0x01010101;
  const eight = four | (four << 32);
  let k = 0;
  for (; k < words; k += 8) store<u64>(output + k, eight);
  for (; k < n; ++k) store<u8>(output + k, value);
}
