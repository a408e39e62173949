import { high, low } from "../fixed/products";
import { gather } from "./gather.simd";
import { patchSum } from "./patch-sum.simd";
import { first, join, second } from "./requantize.simd";
import {
  BLOCK_BYTES,
  C,
  K4,
  N,
  OUT_H,
  OUT_W,
  PAD_LEFT,
  PAD_TOP,
  PIXELS,
  POINTWISE,
  ROW_BYTES,
  STRIDE_H,
  STRIDE_W,
  WEIGHT_OFFSET,
} from "./shape";
import { narrow, storeBlock } from "./store.simd";
import { widen } from "./widen.simd";

/**
 * CONV_2D in the form for arm64: four output positions and eight channels at a time. Two products per lane are added in
 * i16 and then pairwise into i32, which are smull, smlal and sadalp: 1.5 instructions per 8 MACs. Any pair of products
 * fits, |2 · w · x| ≤ 2 · 127 · 128 < 2^15, as long as no weight is −128.
 *
 *     out[p][n] = clamp(multiply(bias[n] + Σ_k w[n][k] · x[p][k]) + zeroPoint)
 *
 * Arguments, packing and results are those of conv-2d-dot.simd.ts; the staged patches are bytes.
 */
export function conv2d(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
): void {
  const spare = scratch + PIXELS * ROW_BYTES + 16;
  const starts = spare + 32;
  let y = -PAD_TOP;
  let x = -PAD_LEFT;
  for (let left = OUT_H * OUT_W; left > 0; left -= PIXELS) {
    if (POINTWISE) {
      const bytes = min(left, PIXELS) * C;
      widen(scratch, input, bytes);
      input += bytes;
    } else {
      for (let p = 0; p < min(left, PIXELS); ++p) {
        gather(scratch + p * ROW_BYTES, input, y, x);
        x += STRIDE_W;
        if (x === OUT_W * STRIDE_W - PAD_LEFT) {
          x = -PAD_LEFT;
          y += STRIDE_H;
        }
      }
    }
    if (WEIGHT_OFFSET) {
      for (let p = 0; p < PIXELS; ++p) {
        v128.store(starts + 16 * p, patchSum(scratch + p * ROW_BYTES));
      }
    }
    let w = weights;
    let block = stage;
    for (let n = 0; n < N; n += 8) {
      let a = scratch;
      const end = scratch + K4;
      let c00 = WEIGHT_OFFSET ? v128.load(starts) : i32x4.splat(0);
      let c01 = WEIGHT_OFFSET ? v128.load(starts) : i32x4.splat(0);
      let c10 = WEIGHT_OFFSET ? v128.load(starts, 16) : i32x4.splat(0);
      let c11 = WEIGHT_OFFSET ? v128.load(starts, 16) : i32x4.splat(0);
      let c20 = WEIGHT_OFFSET ? v128.load(starts, 32) : i32x4.splat(0);
      let c21 = WEIGHT_OFFSET ? v128.load(starts, 32) : i32x4.splat(0);
      let c30 = WEIGHT_OFFSET ? v128.load(starts, 48) : i32x4.splat(0);
      let c31 = WEIGHT_OFFSET ? v128.load(starts, 48) : i32x4.splat(0);
      do {
        const w0 = v128.load(w); // taps k and k + 1 of eight channels
        const w1 = v128.load(w, 16); // k + 2 and k + 3
        const x00 = v128.load_splat<i16>(a);
        const x01 = v128.load_splat<i16>(a, 2);
        c00 = i32x4.add(c00, low(x00, w0, x01, w1));
        c01 = i32x4.add(c01, high(x00, w0, x01, w1));
        if (PIXELS > 1) {
          const x10 = v128.load_splat<i16>(a, ROW_BYTES);
          const x11 = v128.load_splat<i16>(a, ROW_BYTES + 2);
          c10 = i32x4.add(c10, low(x10, w0, x11, w1));
          c11 = i32x4.add(c11, high(x10, w0, x11, w1));
        }
        if (PIXELS > 2) {
          const x20 = v128.load_splat<i16>(a, 2 * ROW_BYTES);
          const x21 = v128.load_splat<i16>(a, 2 * ROW_BYTES + 2);
          c20 = i32x4.add(c20, low(x20, w0, x21, w1));
          c21 = i32x4.add(c21, high(x20, w0, x21, w1));
        }
        if (PIXELS > 3) {
          const x30 = v128.load_splat<i16>(a, 3 * ROW_BYTES);
          const x31 = v128.load_splat<i16>(a, 3 * ROW_BYTES + 2);
          c30 = i32x4.add(c30, low(x30, w0, x31, w1));
          c31 = i32x4.add(c31, high(x30, w0, x31, w1));
        }
        a += 4;
        w += 32;
      } while (a < end);

      const out = output + n;
      const r0 = join(first(c00, block), second(c01, block));
      const r1 = PIXELS > 1 ? join(first(c10, block), second(c11, block)) : r0;
      const r2 = PIXELS > 2 ? join(first(c20, block), second(c21, block)) : r0;
      const r3 = PIXELS > 3 ? join(first(c30, block), second(c31, block)) : r0;
      storeBlock(narrow(r0, r1), out, PIXELS > 1 && left > 1 ? out + N : spare, n, spare);
      if (PIXELS > 2) {
        const out2 = left > 2 ? out + 2 * N : spare;
        storeBlock(narrow(r2, r3), out2, PIXELS > 3 && left > 3 ? out + 3 * N : spare, n, spare);
      }
      block += BLOCK_BYTES;
    }
    output += PIXELS * N;
  }
}
