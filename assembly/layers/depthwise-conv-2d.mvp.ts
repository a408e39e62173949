import { factor1, factor2, offsets, packI8, THREE, TWO } from "../fixed/lanes";
import { requantizeLanes, STAGE_BYTES } from "../fixed/output-stage";

/**
 * DEPTHWISE_CONV_2D without SIMD, any window and multiplier: as in conv-2d.mvp.ts up to three output pixels share an
 * i64. Tap by tap, the words of all input channels are made on the fly and their products added to a row of sums; one
 * word serves all `multiplier` outputs of its channel.
 *
 *     out[p][c·multiplier + m] = clamp(multiply(bias + Σ_t w[t][c·multiplier + m] · x[p][t][c]) + zeroPoint)
 *
 * @param input   i8[H][W][C]
 * @param output  i8[outH][outW][C · multiplier]
 * @param weights T[kH · kW][C · multiplier]: i8, or i16 where they had a zero point
 * @param stage   see fixed/output-stage.ts; C · multiplier channels, for sums without an offset
 * @param scratch 8 · (C · multiplier + 3) bytes of sums, then C of the input's zero point
 * @param lane    see fixed/lanes.ts: 21 three pixels, 32 two, 63 one
 */
export function depthwiseConv2d<T>(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
  lane: i32,
  inputZeroPoint: i32,
  H: i32,
  W: i32,
  C: i32,
  outH: i32,
  outW: i32,
  multiplier: i32,
  kH: i32,
  kW: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  padTop: i32,
  padLeft: i32,
): void {
  const N = C * multiplier;
  const sumsEnd = scratch + (usize(N) << 3);
  const outside = sumsEnd + 24;
  for (let c = 0; c < C; ++c) store<i8>(outside + usize(c), inputZeroPoint);
  const f1 = factor1(lane);
  const f2 = factor2(lane);
  const start = offsets(lane);
  const pixels = lane === THREE ? 3 : lane === TWO ? 2 : 1;

  let y = -padTop; // of the window's first tap
  let x = -padLeft;
  const rowEnd = outW * strideW - padLeft;
  for (let left = outH * outW; left > 0; left -= pixels) {
    // a pixel past the last one repeats the one before: the same bytes are written twice
    const y0 = y;
    const x0 = x;
    const out0 = output;
    let y1 = y0;
    let x1 = x0;
    let out1 = out0;
    if (left > 1 && pixels > 1) {
      x1 += strideW;
      if (x1 === rowEnd) {
        x1 = -padLeft;
        y1 += strideH;
      }
      out1 += N;
    }
    let y2 = y1;
    let x2 = x1;
    let out2 = out1;
    if (left > 2 && pixels === 3) {
      x2 += strideW;
      if (x2 === rowEnd) {
        x2 = -padLeft;
        y2 += strideH;
      }
      out2 += N;
    }
    output = out2 + N;
    x = x2 + strideW;
    y = y2;
    if (x === rowEnd) {
      x = -padLeft;
      y += strideH;
    }

    for (let to = scratch; to < sumsEnd; to += 8) store<i64>(to, start);
    let weightRow = weights;
    for (let ky = 0; ky < kH; ++ky) {
      const down = ky * dilationH;
      for (let kx = 0; kx < kW; ++kx) {
        const right = kx * dilationW;
        let a0 = tap(input, y0 + down, x0 + right, H, W, C, outside);
        let a1 = tap(input, y1 + down, x1 + right, H, W, C, outside);
        let a2 = tap(input, y2 + down, x2 + right, H, W, C, outside);
        let w = weightRow;
        weightRow += N * sizeof<T>();
        if (multiplier === 1) {
          // four channels at a time: up to three sums too many, which nobody reads
          for (let to = scratch; to < sumsEnd; to += 32) {
            store<i64>(to, load<i64>(to) + packI8(a0, a1, a2, f1, f2) * i64(load<T>(w)));
            const v1 = packI8(a0 + 1, a1 + 1, a2 + 1, f1, f2);
            store<i64>(to, load<i64>(to, 8) + v1 * i64(load<T>(w, 1 * sizeof<T>())), 8);
            const v2 = packI8(a0 + 2, a1 + 2, a2 + 2, f1, f2);
            store<i64>(to, load<i64>(to, 16) + v2 * i64(load<T>(w, 2 * sizeof<T>())), 16);
            const v3 = packI8(a0 + 3, a1 + 3, a2 + 3, f1, f2);
            store<i64>(to, load<i64>(to, 24) + v3 * i64(load<T>(w, 3 * sizeof<T>())), 24);
            a0 += 4;
            a1 += 4;
            a2 += 4;
            w += 4 * sizeof<T>();
          }
        } else {
          for (let to = scratch; to < sumsEnd; ) {
            const v = packI8(a0++, a1++, a2++, f1, f2);
            for (const last = to + (usize(multiplier) << 3); to < last; to += 8) {
              store<i64>(to, load<i64>(to) + v * i64(load<T>(w++)));
              if (sizeof<T>() > 1) ++w;
            }
          }
        }
      }
    }
    requantizeLanes(scratch, N, stage, stage + STAGE_BYTES, out0, out1, out2, lane);
  }
}

/** The C bytes of one input pixel, or of the zero point where it lies outside. */
function tap(input: usize, y: i32, x: i32, H: i32, W: i32, C: i32, outside: usize): usize {
  return u32(y) < u32(H) && u32(x) < u32(W) ? input + (y * W + x) * C : outside;
}
