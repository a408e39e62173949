import { requantizeSums, STAGE_BYTES } from "../fixed/output-stage";

/**
 * DEPTHWISE_CONV_2D of a window that covers its whole input, without SIMD: one output pixel, of which there is nothing to
 * share an i64 with. Eight channels side by side, tap by tap.
 *
 *     out[c] = clamp(multiply(bias + Σ_t w[t][c] · x[t][c]) + zeroPoint)
 *
 * @param input   i8[taps][N]
 * @param output  i8[N]
 * @param weights i8[taps][N]
 * @param stage   see fixed/output-stage.ts; N channels
 * @param scratch 8 · (N + 7) bytes: up to seven sums too many, which nobody reads
 * @param taps    1 … 2^16: sums stay below 2^30
 */
export function depthwiseConv2dOne(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
  taps: i32,
  N: i32,
): void {
  let to = scratch;
  for (let left = N; left > 0; left -= 8) {
    let x = input;
    let w = weights;
    let a0 = 0;
    let a1 = 0;
    let a2 = 0;
    let a3 = 0;
    let a4 = 0;
    let a5 = 0;
    let a6 = 0;
    let a7 = 0;
    for (let t = taps; t > 0; --t) {
      a0 += i32(load<i8>(x)) * i32(load<i8>(w));
      a1 += i32(load<i8>(x, 1)) * i32(load<i8>(w, 1));
      a2 += i32(load<i8>(x, 2)) * i32(load<i8>(w, 2));
      a3 += i32(load<i8>(x, 3)) * i32(load<i8>(w, 3));
      a4 += i32(load<i8>(x, 4)) * i32(load<i8>(w, 4));
      a5 += i32(load<i8>(x, 5)) * i32(load<i8>(w, 5));
      a6 += i32(load<i8>(x, 6)) * i32(load<i8>(w, 6));
      a7 += i32(load<i8>(x, 7)) * i32(load<i8>(w, 7));
      x += N;
      w += N;
    }
    store<i64>(to, i64(a0));
    store<i64>(to, i64(a1), 8);
    store<i64>(to, i64(a2), 16);
    store<i64>(to, i64(a3), 24);
    store<i64>(to, i64(a4), 32);
    store<i64>(to, i64(a5), 40);
    store<i64>(to, i64(a6), 48);
    store<i64>(to, i64(a7), 56);
    to += 64;
    input += 8;
    weights += 8;
  }
  requantizeSums(scratch, N, stage, stage + STAGE_BYTES, output);
}
