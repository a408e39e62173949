import { stageI16 } from "./stage-i16";

/**
 * DEPTHWISE_CONV_2D of int16 activations, zero points 0.
 *
 *     out[y][x][n] = clamp(stage(bias[n] + Σ w[ky][kx][n] · in[y · strideH − padTop + ky · dilationH][…][n / multiplier]))
 *
 * over the taps inside the image.
 *
 * @param input    i16[H][W][C]
 * @param output   i16[outH][outW][C · multiplier]
 * @param weights  i8[kH][kW][C · multiplier]
 * @param channels see stage-i16.ts, one for each of C · multiplier
 */
export function depthwiseConv2dI16(
  input: usize,
  output: usize,
  weights: usize,
  channels: usize,
  H: i32,
  W: i32,
  C: i32,
  multiplier: i32,
  outH: i32,
  outW: i32,
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
  const N = C * multiplier;
  for (let y = 0; y < outH; ++y) {
    const top = y * strideH - padTop;
    for (let x = 0; x < outW; ++x) {
      const left = x * strideW - padLeft;
      let channel = channels;
      for (let n = 0; n < N; ++n) {
        const c = n / multiplier;
        let sum = load<i64>(channel);
        for (let ky = 0; ky < kH; ++ky) {
          const row = top + ky * dilationH;
          if (row < 0 || row >= H) continue;
          for (let kx = 0; kx < kW; ++kx) {
            const column = left + kx * dilationW;
            if (column < 0 || column >= W) continue;
            const x16 = i32(load<i16>(input + (((row * W + column) * C + c) << 1)));
            sum += i64(i32(load<i8>(weights + (ky * kW + kx) * N + n)) * x16);
          }
        }
        store<i16>(output, stageI16(sum, channel, low, high, rounding));
        output += 2;
        channel += 16;
      }
    }
  }
}
