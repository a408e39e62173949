import { first, join, second } from "./requantize.simd";
import { BLOCK_BYTES, K, K4, N, ROWS, WEIGHT_OFFSET } from "./shape";
import { narrow, storeWide } from "./store.simd";
import { offsetSum } from "./weight-offset.simd";
import { widen } from "./widen.simd";

/**
 * FULLY_CONNECTED in the form for x64: one row of the input and sixteen channels at a time, two columns per
 * i32x4.dot_i16x8_s.
 *
 *     out[m][n] = clamp(multiply(bias[n] + Σ_k (w[n][k] − z_w) · x[m][k]) + zeroPoint)
 *
 * @param input   i8[ROWS][K]
 * @param output  i8[ROWS][N]
 * @param weights i8[ceil(N / 16)][K4 / 2][16][2], K4 = K rounded up to a multiple of 4; zero where padded
 * @param stage   see requantize.simd.ts; an even number of blocks
 * @param scratch i16[K4 + 8], then 16 spare bytes
 */
export function fullyConnected(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
): void {
  const end = scratch + 2 * K4;
  const spare = end + 16;
  for (let m = 0; m < ROWS; ++m) {
    widen(scratch, input, K);
    const start = WEIGHT_OFFSET ? offsetSum(input) : i32x4.splat(0);
    let w = weights;
    let block = stage;
    for (let n = 0; n < N; n += 16) {
      let c0 = start;
      let c1 = start;
      let c2 = start;
      let c3 = start;
      let a = scratch;
      do {
        const x = v128.load_splat<i32>(a);
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, v128.load_ext<i8>(w)));
        c1 = i32x4.add(c1, i32x4.dot_i16x8_s(x, v128.load_ext<i8>(w, 8)));
        c2 = i32x4.add(c2, i32x4.dot_i16x8_s(x, v128.load_ext<i8>(w, 16)));
        c3 = i32x4.add(c3, i32x4.dot_i16x8_s(x, v128.load_ext<i8>(w, 24)));
        a += 4;
        w += 32;
      } while (a < end);
      const r0 = join(first(c0, block), second(c1, block));
      const next = block + BLOCK_BYTES;
      const r1 = join(first(c2, next), second(c3, next));
      storeWide(narrow(r0, r1), output + n, n, spare);
      block = next + BLOCK_BYTES;
    }
    input += K;
    output += N;
  }
}
