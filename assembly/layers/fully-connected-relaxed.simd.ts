import { first, join, second } from "./requantize.simd";
import { BLOCK_BYTES, FLIP, K, K4, N, ROWS, WEIGHT_OFFSET } from "./shape";
import { narrow, storeWide } from "./store.simd";
import { offsetSum } from "./weight-offset.simd";
import { widen } from "./widen.simd";

/**
 * FULLY_CONNECTED for engines whose relaxed dot product is exact: see conv-2d-relaxed.simd.ts. One row of the input and
 * sixteen channels at a time, two groups of four columns side by side: an instruction that adds to its own result waits
 * for it, and eight such chains keep the processor busy.
 *
 *     out[m][n] = clamp(multiply(bias[n] + Σ_k (w[n][k] − z_w) · x[m][k]) + zeroPoint)
 *
 * Arguments and results are those of fully-connected-dot.simd.ts, except
 *
 * @param weights i8[ceil(N / 16)][K4 / 4][16][4], K4 = K rounded up to a multiple of 8; zero where padded
 * @param scratch where FLIP i8[K4 + 16], a row; then 16 spare bytes. Otherwise rows are read where they are, up to 7 bytes
 *                past their end
 */
export function fullyConnected(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
): void {
  const spare = FLIP ? scratch + K4 + 16 : scratch;
  for (let m = 0; m < ROWS; ++m) {
    if (FLIP) widen(scratch, input, K);
    const row = FLIP ? scratch : input;
    const end = row + K4;
    const start = WEIGHT_OFFSET ? offsetSum(input) : i32x4.splat(0);
    let w = weights;
    let block = stage;
    for (let n = 0; n < N; n += 16) {
      let c0 = start;
      let c1 = start;
      let c2 = start;
      let c3 = start;
      let d0 = i32x4.splat(0);
      let d1 = i32x4.splat(0);
      let d2 = i32x4.splat(0);
      let d3 = i32x4.splat(0);
      let a = row;
      do {
        const x0 = v128.load_splat<i32>(a);
        c0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w), x0, c0);
        c1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, 16), x0, c1);
        c2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, 32), x0, c2);
        c3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, 48), x0, c3);
        const x1 = v128.load_splat<i32>(a, 4);
        d0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, 64), x1, d0);
        d1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, 80), x1, d1);
        d2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, 96), x1, d2);
        d3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, 112), x1, d3);
        a += 8;
        w += 128;
      } while (a < end);
      c0 = i32x4.add(c0, d0);
      c1 = i32x4.add(c1, d1);
      c2 = i32x4.add(c2, d2);
      c3 = i32x4.add(c3, d3);
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
