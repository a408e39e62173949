/**
 * AVERAGE_POOL_2D with SIMD, eight channels at a time: as average-pool-2d.ts, for C a multiple of 8, and T.
 *
 *     out[y][x][c] = clamp((Σ ± n/2) / n, low, high)        Σ over the n taps inside, both divisions truncate
 *
 * @param input   i8[H][W][C]
 * @param output  i8[outH][outW][C]
 * @param scratch i32[8]
 */
export function averagePool2dVectors<T>(
  input: usize,
  output: usize,
  scratch: usize,
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
  for (let oy = 0; oy < outH; ++oy) {
    const y = oy * strideH - padTop;
    const top = max(y, 0);
    const rows = min(y + filterH, H) - top;
    for (let ox = 0; ox < outW; ++ox) {
      const x = ox * strideW - padLeft;
      const left = max(x, 0);
      const columns = min(x + filterW, W) - left;
      const n = rows * columns;
      const from = input + (top * W + left) * C;
      for (let c = 0; c < C; c += 8) {
        let sum0 = i32x4.splat(0); // |sum| ≤ 128 · n
        let sum1 = i32x4.splat(0);
        let row = from + c;
        for (let r = 0; r < rows; ++r) {
          for (let tap = row, end = row + columns * C; tap < end; tap += C) {
            const bytes = v128.load_ext<i8>(tap);
            sum0 = i32x4.add(sum0, i32x4.extend_low_i16x8_s(bytes));
            sum1 = i32x4.add(sum1, i32x4.extend_high_i16x8_s(bytes));
          }
          row += W * C;
        }
        v128.store(scratch, sum0);
        v128.store(scratch, sum1, 16);
        for (let lane = scratch, end = scratch + 32; lane < end; lane += 4) {
          const sum = load<i32>(lane);
          const mean = isSigned<T>()
            ? (sum > 0 ? sum + (n >> 1) : sum - (n >> 1)) / n
            : (sum + 128 * n + (n >> 1)) / n - 128;
          store<i8>(output++, min(max(mean, low), high));
        }
      }
    }
  }
}
