import { first, join, second } from "./requantize.simd";
import {
  BLOCK_BYTES,
  LINE_STEP,
  N,
  OUT_LENGTH,
  OUT_LINE_STEP,
  OUT_LINES,
  OUT_STEP,
  PAD_LINES,
  PIXELS,
  STRIDE_ALONG as S,
  STAGED,
  STRIDE_LINES,
  WEIGHT_BYTES,
} from "./shape";
import { stagePair } from "./stage-pair.simd";
import { narrow, storeBlock } from "./store.simd";

/** The last staged position of a pass. */
const LAST = (PIXELS - 1) * S + 2;

/**
 * DEPTHWISE_CONV_2D with SIMD, 3×3 without dilation and with multiplier 1: eight channels and up to five output positions
 * at a time (three with stride 2 along the line).
 *
 *     out[p][n] = clamp(multiply(bias[n] + Σ_t w[t][n] · x[p][t][n]) + zeroPoint)
 *
 * Lines, rows of the image or its columns, are staged in pairs, the values of both side by side in i16, so that one
 * i32x4.dot_i16x8_s counts for two taps. A window touches two pairs; whether it begins with the first or the second line
 * of a pair decides which weights fit:
 *
 *     even   (w0, w1) (w2,  0)          odd   ( 0, w0) (w1, w2)
 *
 * Four channels at a time go through all positions, so that the weights stay in registers and every staged vector is
 * loaded once.
 *
 * @param input   i8[H][W][N]
 * @param output  i8[OUT_H][OUT_W][N]
 * @param weights i16[ceil(N / 8)][2: even, odd][2: channels 0–3, 4–7][2 pairs][3 along][4][2]: depthwiseWeights()
 * @param stage   see requantize.simd.ts
 * @param scratch i16[2][STAGED][8][2], then 16 spare bytes and 16 of the input's zero point
 */
export function depthwiseConv2d3x3(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
): void {
  const pairBytes = STAGED * 32;
  const spare = scratch + 2 * pairBytes;
  for (let n = 0; n < N; n += 8) {
    let next = 0; // pair to stage
    for (let line = 0; line < OUT_LINES; ++line) {
      const top = line * STRIDE_LINES;
      const pair = top >> 1;
      for (; next < pair + 2; ++next) {
        const y = 2 * next - PAD_LINES;
        stagePair(scratch + (next & 1) * pairBytes, input + y * LINE_STEP + n, y, spare + 16);
      }
      const w = weights + (top & 1) * 192;
      let a = scratch + (pair & 1) * pairBytes;
      let b = scratch + (~pair & 1) * pairBytes;
      let out = output + n + line * OUT_LINE_STEP;
      for (let left = OUT_LENGTH; left > 0; left -= PIXELS) {
        let c0 = i32x4.splat(0);
        let c1 = i32x4.splat(0);
        let c2 = i32x4.splat(0);
        let c3 = i32x4.splat(0);
        let c4 = i32x4.splat(0);
        let d0 = i32x4.splat(0);
        let d1 = i32x4.splat(0);
        let d2 = i32x4.splat(0);
        let d3 = i32x4.splat(0);
        let d4 = i32x4.splat(0);
        // always true, and V8 does not know: it would move the loads of a straight line together and spill
        if (a) {
          const w0 = v128.load(w);
          const w1 = v128.load(w, 16);
          const w2 = v128.load(w, 32);
          const x0 = v128.load(a);
          const x1 = v128.load(a, 32);
          const x2 = v128.load(a, 64);
          const x3 = LAST >= 3 ? v128.load(a, 96) : x2;
          const x4 = LAST >= 4 ? v128.load(a, 128) : x2;
          const x5 = LAST >= 5 ? v128.load(a, 160) : x2;
          const x6 = LAST >= 6 ? v128.load(a, 192) : x2;
          c0 = three(x0, x1, x2, w0, w1, w2);
          if (PIXELS > 1)
            c1 = S === 1 ? three(x1, x2, x3, w0, w1, w2) : three(x2, x3, x4, w0, w1, w2);
          if (PIXELS > 2)
            c2 = S === 1 ? three(x2, x3, x4, w0, w1, w2) : three(x4, x5, x6, w0, w1, w2);
          if (PIXELS > 3) c3 = three(x3, x4, x5, w0, w1, w2);
          if (PIXELS > 4) c4 = three(x4, x5, x6, w0, w1, w2);
        }
        if (b) {
          const w0 = v128.load(w, 48);
          const w1 = v128.load(w, 64);
          const w2 = v128.load(w, 80);
          const x0 = v128.load(b);
          const x1 = v128.load(b, 32);
          const x2 = v128.load(b, 64);
          const x3 = LAST >= 3 ? v128.load(b, 96) : x2;
          const x4 = LAST >= 4 ? v128.load(b, 128) : x2;
          const x5 = LAST >= 5 ? v128.load(b, 160) : x2;
          const x6 = LAST >= 6 ? v128.load(b, 192) : x2;
          c0 = i32x4.add(c0, three(x0, x1, x2, w0, w1, w2));
          if (PIXELS > 1)
            c1 = i32x4.add(
              c1,
              S === 1 ? three(x1, x2, x3, w0, w1, w2) : three(x2, x3, x4, w0, w1, w2),
            );
          if (PIXELS > 2)
            c2 = i32x4.add(
              c2,
              S === 1 ? three(x2, x3, x4, w0, w1, w2) : three(x4, x5, x6, w0, w1, w2),
            );
          if (PIXELS > 3) c3 = i32x4.add(c3, three(x3, x4, x5, w0, w1, w2));
          if (PIXELS > 4) c4 = i32x4.add(c4, three(x4, x5, x6, w0, w1, w2));
        }
        if (a) {
          const w0 = v128.load(w, 96);
          const w1 = v128.load(w, 112);
          const w2 = v128.load(w, 128);
          const x0 = v128.load(a, 16);
          const x1 = v128.load(a, 48);
          const x2 = v128.load(a, 80);
          const x3 = LAST >= 3 ? v128.load(a, 112) : x2;
          const x4 = LAST >= 4 ? v128.load(a, 144) : x2;
          const x5 = LAST >= 5 ? v128.load(a, 176) : x2;
          const x6 = LAST >= 6 ? v128.load(a, 208) : x2;
          d0 = three(x0, x1, x2, w0, w1, w2);
          if (PIXELS > 1)
            d1 = S === 1 ? three(x1, x2, x3, w0, w1, w2) : three(x2, x3, x4, w0, w1, w2);
          if (PIXELS > 2)
            d2 = S === 1 ? three(x2, x3, x4, w0, w1, w2) : three(x4, x5, x6, w0, w1, w2);
          if (PIXELS > 3) d3 = three(x3, x4, x5, w0, w1, w2);
          if (PIXELS > 4) d4 = three(x4, x5, x6, w0, w1, w2);
        }
        if (b) {
          const w0 = v128.load(w, 144);
          const w1 = v128.load(w, 160);
          const w2 = v128.load(w, 176);
          const x0 = v128.load(b, 16);
          const x1 = v128.load(b, 48);
          const x2 = v128.load(b, 80);
          const x3 = LAST >= 3 ? v128.load(b, 112) : x2;
          const x4 = LAST >= 4 ? v128.load(b, 144) : x2;
          const x5 = LAST >= 5 ? v128.load(b, 176) : x2;
          const x6 = LAST >= 6 ? v128.load(b, 208) : x2;
          d0 = i32x4.add(d0, three(x0, x1, x2, w0, w1, w2));
          if (PIXELS > 1)
            d1 = i32x4.add(
              d1,
              S === 1 ? three(x1, x2, x3, w0, w1, w2) : three(x2, x3, x4, w0, w1, w2),
            );
          if (PIXELS > 2)
            d2 = i32x4.add(
              d2,
              S === 1 ? three(x2, x3, x4, w0, w1, w2) : three(x4, x5, x6, w0, w1, w2),
            );
          if (PIXELS > 3) d3 = i32x4.add(d3, three(x3, x4, x5, w0, w1, w2));
          if (PIXELS > 4) d4 = i32x4.add(d4, three(x4, x5, x6, w0, w1, w2));
        }

        const r0 = join(first(c0, stage), second(d0, stage));
        const r1 = PIXELS > 1 ? join(first(c1, stage), second(d1, stage)) : r0;
        const r2 = PIXELS > 2 ? join(first(c2, stage), second(d2, stage)) : r0;
        const r3 = PIXELS > 3 ? join(first(c3, stage), second(d3, stage)) : r0;
        const r4 = PIXELS > 4 ? join(first(c4, stage), second(d4, stage)) : r0;
        storeBlock(narrow(r0, r1), out, left > 1 ? out + OUT_STEP : spare, n, spare);
        if (PIXELS > 2) {
          const o2 = left > 2 ? out + 2 * OUT_STEP : spare;
          storeBlock(narrow(r2, r3), o2, left > 3 ? out + 3 * OUT_STEP : spare, n, spare);
        }
        if (PIXELS > 4)
          storeBlock(narrow(r4, r4), left > 4 ? out + 4 * OUT_STEP : spare, spare, n, spare);
        out += PIXELS * OUT_STEP;
        a += 32 * PIXELS * S;
        b += 32 * PIXELS * S;
      }
    }
    weights += WEIGHT_BYTES;
    stage += BLOCK_BYTES;
  }
}

/** Three taps along the line, of two lines and four channels. */
function three(x0: v128, x1: v128, x2: v128, w0: v128, w1: v128, w2: v128): v128 {
  const sum = i32x4.add(i32x4.dot_i16x8_s(x0, w0), i32x4.dot_i16x8_s(x1, w1));
  return i32x4.add(sum, i32x4.dot_i16x8_s(x2, w2));
}
