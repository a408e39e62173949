import { first, join, second } from "./requantize.simd";
import {
  BLOCK_BYTES,
  DILATION_LINES,
  K_LINES,
  LINE_STEP,
  LINES,
  N,
  OUT_LENGTH,
  OUT_LINE_STEP,
  OUT_LINES,
  OUT_STEP,
  PAD_LINES,
  PAIR_STEP,
  PAIRS,
  PIXELS,
  POSITION_STEP,
  RING,
  STAGED,
  STRIDE_LINES,
} from "./shape";
import { stageLine } from "./stage-line.simd";
import { narrow, storeBlock } from "./store.simd";

/**
 * DEPTHWISE_CONV_2D with SIMD: eight channels and up to four output positions at a time.
 *
 *     out[p][n] = clamp(multiply(bias[n] + Σ_t w[t][n] · x[p][t][n / multiplier]) + zeroPoint)
 *
 * Along a line, a row of the image or one of its columns, every tap and its right neighbour stand side by side in i16,
 * so that i32x4.dot_i16x8_s counts for both. Lines are brought into that form once, into a ring that holds as many as
 * a window spans; windows that overlap share them.
 *
 * @param input   i8[H][W][C]
 * @param output  i8[OUT_H][OUT_W][N]
 * @param weights i16[ceil(N / 8)][K_LINES][PAIRS][8][2]; zero where padded; times 2^d unless SCALED
 * @param stage   see requantize.simd.ts
 * @param scratch i16[RING][STAGED][8][2], then 16 spare bytes
 */
export function depthwiseConv2d(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
): void {
  const lineBytes = STAGED * 32;
  const ringEnd = scratch + RING * lineBytes;
  const windowLines = (K_LINES - 1) * DILATION_LINES + 1;
  for (let n = 0; n < N; n += 8) {
    let staged = -PAD_LINES; // the next line
    let slot = scratch;
    let top = scratch; // the first line of the window
    for (let line = 0; line < OUT_LINES; ++line) {
      for (const end = line * STRIDE_LINES - PAD_LINES + windowLines; staged < end; ++staged) {
        stageLine(slot, input + staged * LINE_STEP, n, u32(staged) < u32(LINES));
        slot += lineBytes;
        if (slot === ringEnd) slot = scratch;
      }
      let out = output + n + line * OUT_LINE_STEP;
      let offset: usize = 0;
      for (let left = OUT_LENGTH; left > 0; left -= PIXELS) {
        let c00 = i32x4.splat(0);
        let c01 = i32x4.splat(0);
        let c10 = i32x4.splat(0);
        let c11 = i32x4.splat(0);
        let c20 = i32x4.splat(0);
        let c21 = i32x4.splat(0);
        let w = weights;
        let row = top;
        for (let k = 0; k < K_LINES; ++k) {
          let a = row + offset;
          for (const end = w + PAIRS * 32; w < end; w += 32) {
            const w0 = v128.load(w);
            const w1 = v128.load(w, 16);
            c00 = i32x4.add(c00, i32x4.dot_i16x8_s(v128.load(a), w0));
            c01 = i32x4.add(c01, i32x4.dot_i16x8_s(v128.load(a, 16), w1));
            if (PIXELS > 1) {
              c10 = i32x4.add(c10, i32x4.dot_i16x8_s(v128.load(a, POSITION_STEP), w0));
              c11 = i32x4.add(c11, i32x4.dot_i16x8_s(v128.load(a, POSITION_STEP + 16), w1));
            }
            if (PIXELS > 2) {
              c20 = i32x4.add(c20, i32x4.dot_i16x8_s(v128.load(a, 2 * POSITION_STEP), w0));
              c21 = i32x4.add(c21, i32x4.dot_i16x8_s(v128.load(a, 2 * POSITION_STEP + 16), w1));
            }
            a += PAIR_STEP;
          }
          row += DILATION_LINES * lineBytes;
          if (row >= ringEnd) row -= RING * lineBytes;
        }
        const r0 = join(first(c00, stage), second(c01, stage));
        const r1 = PIXELS > 1 ? join(first(c10, stage), second(c11, stage)) : r0;
        const r2 = PIXELS > 2 ? join(first(c20, stage), second(c21, stage)) : r0;
        storeBlock(narrow(r0, r1), out, left > 1 ? out + OUT_STEP : ringEnd, n, ringEnd);
        if (PIXELS > 2) {
          storeBlock(narrow(r2, r2), left > 2 ? out + 2 * OUT_STEP : ringEnd, ringEnd, n, ringEnd);
        }
        out += PIXELS * OUT_STEP;
        offset += PIXELS * POSITION_STEP;
      }
      top += STRIDE_LINES * lineBytes;
      while (top >= ringEnd) top -= RING * lineBytes;
    }
    weights += K_LINES * PAIRS * 32;
    stage += BLOCK_BYTES;
  }
}
