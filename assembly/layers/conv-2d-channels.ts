import { multiplyByQuantizedMultiplier } from "../fixed/requantize";

/**
 * A few output channels of CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED, one tap at a time: those whose multiplier
 * does not share a shift with the rest of the layer. Overwrites what the vector kernel left there.
 *
 *     out[p][n] = clamp(multiply(bias + Σ_k w[k] · x[p][k], q, exponent) + zeroPoint)
 *
 * Per channel, 20 bytes and the weights, in a multiple of 4 bytes:
 *
 *      0  i32  n              8  i32  bias              16  i32  exponent, −31 to 30
 *      4  i32  first of the   12  i32  q                20  i16  w[kH][kW][depth]
 *              input channels
 *
 * @param input    i8[H][W][C]
 * @param output   i8[outH][outW][N]
 * @param channels `count` of the above
 * @param depth    input channels of a tap: C, or 1 where depthwise
 */
export function convolveChannels(
  input: usize,
  output: usize,
  channels: usize,
  count: i32,
  H: i32,
  W: i32,
  C: i32,
  outH: i32,
  outW: i32,
  N: i32,
  kH: i32,
  kW: i32,
  depth: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  padTop: i32,
  padLeft: i32,
  inputZeroPoint: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  const recordBytes = (20 + 2 * kH * kW * depth + 3) & ~3;
  for (let k = 0; k < count; ++k) {
    const from = input + load<i32>(channels, 4);
    const bias = load<i32>(channels, 8);
    const q = load<i32>(channels, 12);
    const exponent = load<i32>(channels, 16);
    let to = output + load<i32>(channels);
    for (let oy = 0; oy < outH; ++oy) {
      for (let ox = 0; ox < outW; ++ox) {
        let acc = bias; // modulo 2^32: the host knows that the sum fits
        let w = channels + 20;
        for (let ky = 0; ky < kH; ++ky) {
          const y = oy * strideH - padTop + ky * dilationH;
          for (let kx = 0; kx < kW; ++kx) {
            const x = ox * strideW - padLeft + kx * dilationW;
            const inside = u32(y) < u32(H) && u32(x) < u32(W);
            const tap = from + (y * W + x) * C;
            for (let d = 0; d < depth; ++d) {
              acc += load<i16>(w) * (inside ? i32(load<i8>(tap + d)) : inputZeroPoint);
              w += 2;
            }
          }
        }
        const scaled = multiplyByQuantizedMultiplier(acc, q, exponent, rounding);
        // clamped before the zero point is added: scaled may be any i32
        store<i8>(to, min(max(scaled, low - zeroPoint), high - zeroPoint) + zeroPoint);
        to += N;
      }
    }
    channels += recordBytes;
  }
}
