/**
 * Operators of one operand: every output is a function of one byte, which init() or the compiler has tabulated.
 *
 *     out[k] = table[in[k]]
 *
 * @param input  i8[n]
 * @param output i8[n]; may be the input
 * @param table  i8[256], indexed by the byte as u8
 */
export function lookup(input: usize, output: usize, table: usize, n: i32): void {
  for (const end = output + n; output < end; ++output) {
    store<u8>(output, load<u8>(table + usize(load<u8>(input++))));
  }
}
