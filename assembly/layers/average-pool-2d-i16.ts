/**
 * AVERAGE_POOL_2D of int16: the mean of the taps inside the image, half away from zero. Input and output share their scale.
 *
 * @param input  i16[H][W][C]
 * @param output i16[outH][outW][C]
 */
export function averagePool2dI16(
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
  for (let oy = 0; oy < outH; ++oy) {
    const y = oy * strideH - padTop;
    const top = max(y, 0);
    const bottom = min(y + filterH, H);
    for (let ox = 0; ox < outW; ++ox) {
      const x = ox * strideW - padLeft;
      const left = max(x, 0);
      const right = min(x + filterW, W);
      const n = (bottom - top) * (right - left);
      const half = n >> 1;
      for (let c = 0; c < C; ++c) {
        let sum = 0; // fewer than 2^16 taps
        for (let row = top; row < bottom; ++row) {
          for (let column = left; column < right; ++column) {
            sum += i32(load<i16>(input + (((row * W + column) * C + c) << 1)));
          }
        }
        const mean = (sum > 0 ? sum + half : sum - half) / n;
        store<i16>(output, min(max(mean, low), high));
        output += 2;
      }
    }
  }
}
