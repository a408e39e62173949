import { tanh16 } from "../fixed/sigmoid-table";

/**
 * TANH of int16, as Q1.15.
 *
 * @param input      i16[count]
 * @param output     the same; may be the input
 * @param multiplier with shift: to steps of 1 / 12288; at most 32767
 * @param shift      0 to 30
 * @param table      see fixed/sigmoid-table.ts
 */
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
