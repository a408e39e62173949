import { high, low } from "../fixed/products";
import { first, join, second } from "./requantize.simd";
import { BLOCK_BYTES, K, K4, N, ROWS, WEIGHT_OFFSET } from "./shape";
import { narrow, storeWide } from "./store.simd";
import { offsetSum } from "./weight-offset.simd";

/**
 * FULLY_CONNECTED in the form for arm64: see conv-2d-extmul.simd.ts. No weight is −128.
 *
 *     out[m][n] = clamp(multiply(bias[n] + Σ_k (w[n][k] − z_w) · x[m][k]) + zeroPoint)
 *
 * Arguments, packing and results are those of fully-connected-dot.simd.ts; rows are read where they are, up to 3 bytes
 * past their end.
 *
 * @param scratch 16 spare bytes
 */
export function fullyConnected(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
): void {
  for (let m = 0; m < ROWS; ++m) {
    const end = input + K4;
    const start = WEIGHT_OFFSET ? offsetSum(input) : i32x4.splat(0);
    let w = weights;
    let block = stage;
    for (let n = 0; n < N; n += 16) {
      let c0 = start;
      let c1 = start;
      let c2 = start;
      let c3 = start;
      let a = input;
      do {
        const x0 = v128.load_splat<i16>(a);
        const x1 = v128.load_splat<i16>(a, 2);
        const w0 = v128.load(w); // taps k and k + 1 of channels 0–7
        const w1 = v128.load(w, 32); // k + 2 and k + 3
        c0 = i32x4.add(c0, low(x0, w0, x1, w1));
        c1 = i32x4.add(c1, high(x0, w0, x1, w1));
        const w2 = v128.load(w, 16); // channels 8–15
        const w3 = v128.load(w, 48);
        c2 = i32x4.add(c2, low(x0, w2, x1, w3));
        c3 = i32x4.add(c3, high(x0, w2, x1, w3));
        a += 4;
        w += 64;
      } while (a < end);
      const r0 = join(first(c0, block), second(c1, block));
      const next = block + BLOCK_BYTES;
      const r1 = join(first(c2, next), second(c3, next));
      storeWide(narrow(r0, r1), output + n, n, scratch);
      block = next + BLOCK_BYTES;
    }
    input += K;
    output += N;
  }
}
