/**
 * MAX_POOL_2D: the largest of the taps inside the image.
 *
 *     out[y][x][c] = clamp(max input[y'][x'][c], low, high)
 *
 * Input and output share scale and zero point.
 *
 * @param input  i8[H][W][C]
 * @param output i8[outH][outW][C]
 */
export function maxPool2d(
  input: usize,
  output: usize,
  H: i32,
  W: i32,
  C: i32,
  outH: i32,
  outW: i32,
  filterH: i32,
  filterW: i32,
  strideH: i32,
  strideW: i32,
  padTop: i32,
  padLeft: i32,
  low: i32,
  high: i32,
): void {
  const rowBytes = W * C;
  for (let oy = 0; oy < outH; ++oy) {
    const y = oy * strideH - padTop;
    const top = max(y, 0);
    const rows = min(y + filterH, H) - top;
    for (let ox = 0; ox < outW; ++ox) {
      const x = ox * strideW - padLeft;
      const left = max(x, 0);
      const columns = min(x + filterW, W) - left;
      let from = input + (top * W + left) * C;
      for (const end = output + C; output < end; ++output) {
        let largest = low;
        let row = from++;
        for (let r = 0; r < rows; ++r) {
          for (let tap = row, last = row + columns * C; tap < last; tap += C) {
            largest = max(largest, i32(load<i8>(tap)));
          }
          row += rowBytes;
        }
        store<i8>(output, min(largest, high));
      }
    }
  }
}
