import { sigmoidOf } from "../fixed/sigmoid-table";

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
