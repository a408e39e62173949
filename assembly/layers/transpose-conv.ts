import { multiplyByQuantizedMultiplier } from "../fixed/requantize";

/**
 * TRANSPOSE_CONV: every input pixel is spread over a window of the output. Here each output pixel gathers what reaches it.
 *
 *     out[y][x][n] = clamp(multiply(bias[n] + Σ (w[n][ky][kx][c] − z_w) · (in[(y + padTop − ky) / strideH][…][c] − z)) + zeroPoint)
 *
 * over the taps at which both quotients are whole and inside the input. Sums wrap modulo 2^32 on the way: the host knows
 * that they fit.
 *
 * @param input    i8[H][W][C]
 * @param output   i8[outH][outW][N]
 * @param weights  i8[N][kH][kW][C]
 * @param channels i32[N][3]: bias, q, exponent from −31 to 30
 */
export function transposeConv(
  input: usize,
  output: usize,
  weights: usize,
  channels: usize,
  H: i32,
  W: i32,
  C: i32,
  outH: i32,
  outW: i32,
  N: i32,
  kH: i32,
  kW: i32,
  strideH: i32,
  strideW: i32,
  padTop: i32,
  padLeft: i32,
  inputZeroPoint: i32,
  weightZeroPoint: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  const line = kW * C;
  for (let y = 0; y < outH; ++y) {
    for (let x = 0; x < outW; ++x) {
      let w = weights;
      let channel = channels;
      for (let n = 0; n < N; ++n) {
        let acc = load<i32>(channel);
        for (let ky = 0; ky < kH; ++ky) {
          const down = y + padTop - ky;
          const row = down / strideH;
          if (down < 0 || row >= H || row * strideH !== down) continue;
          for (let kx = 0; kx < kW; ++kx) {
            const right = x + padLeft - kx;
            const column = right / strideW;
            if (right < 0 || column >= W || column * strideW !== right) continue;
            let tap = w + ky * line + kx * C;
            let from = input + (row * W + column) * C;
            for (const end = from + C; from < end; ++from) {
              acc += (load<i8>(tap++) - weightZeroPoint) * (load<i8>(from) - inputZeroPoint);
            }
          }
        }
        w += kH * line;
        const q = load<i32>(channel, 4);
        const scaled = multiplyByQuantizedMultiplier(acc, q, load<i32>(channel, 8), rounding);
        // clamped before the zero point is added: scaled may be any i32
        store<i8>(output++, min(max(scaled, low - zeroPoint), high - zeroPoint) + zeroPoint);
        channel += 12;
      }
    }
  }
}
