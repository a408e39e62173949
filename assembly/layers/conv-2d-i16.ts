import { stageI16 } from "./stage-i16";

/**
 * CONV_2D of int16 activations, zero points 0; FULLY_CONNECTED as one of 1 × 1 over a column of rows.
 *
 *     out[y][x][n] = clamp(stage(bias[n] + Σ w[n][ky][kx][c] · in[y · strideH − padTop + ky · dilationH][…][c]))
 *
 * over the taps inside the image.
 *
 * @param input    i16[H][W][C]
 * @param output   i16[outH][outW][N]
 * @param weights  i8[N][kH][kW][C]
 * @param channels see stage-i16.ts, one for each of N
 * @typeParam T    i32 where the host has proven that no sum of products leaves it, bias aside; else i64
 */
export function conv2dI16<T>(
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
  dilationH: i32,
  dilationW: i32,
  padTop: i32,
  padLeft: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  for (let y = 0; y < outH; ++y) {
    const top = y * strideH - padTop;
    for (let x = 0; x < outW; ++x) {
      const left = x * strideW - padLeft;
      let w = weights;
      let channel = channels;
      for (let n = 0; n < N; ++n) {
        let narrow: i32 = 0;
        let wide: i64 = 0;
        for (let ky = 0; ky < kH; ++ky) {
          const row = top + ky * dilationH;
          if (row < 0 || row >= H) {
            w += kW * C;
            continue;
          }
          for (let kx = 0; kx < kW; ++kx) {
            const column = left + kx * dilationW;
            if (column < 0 || column >= W) {
              w += C;
              continue;
            }
            let from = input + (((row * W + column) * C) << 1);
            for (const end = w + C; w < end; ++w) {
              const product = i32(load<i8>(w)) * i32(load<i16>(from));
              if (sizeof<T>() === 4) narrow += product;
              else wide += i64(product);
              from += 2;
            }
          }
        }
        const sum = load<i64>(channel) + i64(narrow) + wide;
        store<i16>(output, stageI16(sum, channel, low, high, rounding));
        output += 2;
        channel += 16;
      }
    }
  }
}
