import { gather } from "./gather.simd";
import { patchSum } from "./patch-sum.simd";
import { first, join, second } from "./requantize.simd";
import {
  BLOCK_BYTES,
  C,
  FLIP,
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
 * CONV_2D for engines whose i32x4.relaxed_dot_i8x16_i7x16_add_s is exact: four output positions and eight channels at a
 * time, four taps per instruction, which adds to the sum as well.
 *
 *     out[p][n] = clamp(multiply(bias[n] + Σ_k w[n][k] · x[p][k]) + zeroPoint)
 *
 * The standard leaves open whether the instruction takes the second operand's bytes as signed or as unsigned. Where they
 * are signed (arm64), patches are staged as they are, and no weight is −128. Where they are unsigned (x64 with VNNI), x + 128
 * is staged: FLIP. The sum is then larger by 128 · Σ_k w[n][k], which the host has taken off the bias.
 *
 * Arguments and results are those of conv-2d-dot.simd.ts, except
 *
 * @param weights i8[ceil(N / 8)][K4 / 4][8][4], K4 = KH·KW·C rounded up to a multiple of 4; zero where padded
 * @param scratch PIXELS staged patches of ROW_BYTES each, 16 bytes they may write too many, 32 spare bytes; where weights
 *                have a zero point 64 bytes of sums
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
    let patches = scratch;
    if (POINTWISE) {
      // bytes that need no change are read where they are, unless the pass goes past the last position
      if (FLIP || left < PIXELS) widen(scratch, input, min(left, PIXELS) * C);
      else patches = input;
      input += PIXELS * C;
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
        v128.store(starts + 16 * p, patchSum(patches + p * ROW_BYTES));
      }
    }
    let w = weights;
    let block = stage;
    for (let n = 0; n < N; n += 8) {
      let a = patches;
      const end = patches + K4;
      let c00 = WEIGHT_OFFSET ? v128.load(starts) : i32x4.splat(0);
      let c01 = WEIGHT_OFFSET ? v128.load(starts) : i32x4.splat(0);
      let c10 = WEIGHT_OFFSET ? v128.load(starts, 16) : i32x4.splat(0);
      let c11 = WEIGHT_OFFSET ? v128.load(starts, 16) : i32x4.splat(0);
      let c20 = WEIGHT_OFFSET ? v128.load(starts, 32) : i32x4.splat(0);
      let c21 = WEIGHT_OFFSET ? v128.load(starts, 32) : i32x4.splat(0);
      let c30 = WEIGHT_OFFSET ? v128.load(starts, 48) : i32x4.splat(0);
      let c31 = WEIGHT_OFFSET ? v128.load(starts, 48) : i32x4.splat(0);
      do {
        const w0 = v128.load(w); // taps k … k + 3 of channels 0–3
        const w1 = v128.load(w, 16); // of channels 4–7
        const x0 = v128.load_splat<i32>(a);
        c00 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, x0, c00);
        c01 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, x0, c01);
        if (PIXELS > 1) {
          const x1 = v128.load_splat<i32>(a, ROW_BYTES);
          c10 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, x1, c10);
          c11 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, x1, c11);
        }
        if (PIXELS > 2) {
          const x2 = v128.load_splat<i32>(a, 2 * ROW_BYTES);
          c20 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, x2, c20);
          c21 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, x2, c21);
        }
        if (PIXELS > 3) {
          const x3 = v128.load_splat<i32>(a, 3 * ROW_BYTES);
          c30 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, x3, c30);
          c31 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, x3, c31);
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
