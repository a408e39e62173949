import { inWords } from "../fixed/words";

/**
 * Copies runs by two lists of offsets: RESIZE_NEAREST_NEIGHBOR, whose rows and columns come several times, and GATHER.
 *
 *     out[y][x][k] = in[rows[y] + columns[x] + k]
 *
 * @param output  i8[height][width][run]
 * @param rows    i32[height], bytes
 * @param columns i32[width], bytes
 */
export function pick(
  input: usize,
  output: usize,
  rows: usize,
  columns: usize,
  height: i32,
  width: i32,
  run: i32,
): void {
  for (let y = 0; y < height; ++y) {
    const row = input + load<i32>(rows + 4 * y);
    for (let x = 0; x < width; ++x) {
      const from = row + load<i32>(columns + 4 * x);
      const words = inWords(from, output, run);
      let k = 0;
      for (; k < words; k += 8) store<u64>(output + k, load<u64>(from + k));
      for (; k < run; ++k) store<u8>(output + k, load<u8>(from + k));
      output += run;
    }
  }
}
