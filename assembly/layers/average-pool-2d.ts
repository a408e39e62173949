/**
 * AVERAGE_POOL_2D: the mean of the taps inside the image, half away from zero.
 *
 *     out[y][x][c] = clamp((Σ ± n/2) / n, low, high)        Σ over the n taps inside, both divisions truncate
 *
 * Input and output share scale and zero point; the sum is that of the raw bytes. Bytes that stand for uint8, T = u8, are
 * 128 less each: their mean is rounded half up.
 *
 * @param input  i8[H][W][C]
 * @param output i8[outH][outW][C]
 */
export function averagePool2d<T>(
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
    for (let ox = 0; ox < outW; ++ox) {
      const x = ox * strideW - padLeft;
      const left = max(x, 0);
      let rows = min(y + filterH, H) - top;
      let columns = min(x + filterW, W) - left;
      const n = rows * columns;
      const half = n >> 1;
      // rows over the whole width follow each other without a gap
      if (columns === W) {
        columns = n;
        rows = 1;
      }
      let from = input + (top * W + left) * C;
      for (const end = output + C; output < end; ++output) {
        let sum = 0; // |sum| ≤ 128 · n
        let row = from++;
        for (let r = 0; r < rows; ++r) {
          for (let tap = row, last = row + columns * C; tap < last; tap += C) {
            sum += load<i8>(tap);
          }
          row += rowBytes;
        }
        const mean = isSigned<T>()
          ? (sum > 0 ? sum + half : sum - half) / n
          : (sum + 128 * n + half) / n - 128;
        store<i8>(output, min(max(mean, low), high));
      }
    }
  }
}
