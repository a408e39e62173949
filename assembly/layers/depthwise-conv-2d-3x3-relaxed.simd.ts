import { first, join, second } from "./requantize.simd";
import {
  BLOCK_BYTES,
  LINE_STEP,
  LINES_AT_ONCE,
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
} from "./shape";
import { stageQuad } from "./stage-quad.simd";
import { narrow, storeBlock } from "./store.simd";

/** The last staged position of a pass. */
const LAST = (PIXELS - 1) * S + 2;
/** Two output lines side by side, where their windows lie one line apart. */
const TWO = LINES_AT_ONCE === 2;
/** Bytes of the prepared weights of four channels. */
const HALF = 48 * LINES_AT_ONCE;

/**
 * DEPTHWISE_CONV_2D 3×3 for engines whose relaxed dot product is exact (conv-2d-relaxed.simd.ts), without dilation and with
 * multiplier 1: eight channels, up to five output positions (three with stride 2 along the line) and, with stride 1 across
 * lines, two output lines at a time.
 *
 *     out[p][n] = clamp(multiply(bias[n] + Σ_t w[t][n] · x[p][t][n]) + zeroPoint)
 *
 * Four lines, rows of the image or its columns, are staged side by side as bytes, so that one instruction counts for the
 * three taps across them, or for those of the next output line: depthwise-weights-relaxed.ts. Four channels at a time go
 * through all positions.
 *
 * @param input   i8[H][W][N]
 * @param output  i8[OUT_H][OUT_W][N]
 * @param weights i8[ceil(N / 8)][2: channels 0–3, 4–7][LINES_AT_ONCE][3 along][4][4]: depthwiseWeightsRelaxed()
 * @param stage   see requantize.simd.ts
 * @param scratch i8[STAGED][8][4], then 16 spare bytes and 16 of the input's zero point
 */
export function depthwiseConv2d3x3(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
): void {
  const spare = scratch + STAGED * 32;
  for (let n = 0; n < N; n += 8) {
    for (let line = 0; line < OUT_LINES; line += LINES_AT_ONCE) {
      const y = line * STRIDE_LINES - PAD_LINES;
      stageQuad(scratch, input + y * LINE_STEP + n, y, spare + 16);
      const next = line + 1 < OUT_LINES;
      let a = scratch;
      let out = output + n + line * OUT_LINE_STEP;
      for (let left = OUT_LENGTH; left > 0; left -= PIXELS) {
        // always true, and V8 does not know: it would move the loads of a straight line together and spill
        let c0 = i32x4.splat(0);
        let c1 = i32x4.splat(0);
        let c2 = i32x4.splat(0);
        let c3 = i32x4.splat(0);
        let c4 = i32x4.splat(0);
        if (a) {
          const w0 = v128.load(weights);
          const w1 = v128.load(weights, 16);
          const w2 = v128.load(weights, 32);
          const x0 = v128.load(a);
          const x1 = v128.load(a, 32);
          const x2 = v128.load(a, 64);
          const x3 = LAST >= 3 ? v128.load(a, 96) : x2;
          const x4 = LAST >= 4 ? v128.load(a, 128) : x2;
          const x5 = LAST >= 5 ? v128.load(a, 160) : x2;
          const x6 = LAST >= 6 ? v128.load(a, 192) : x2;
          c0 = three(c0, x0, x1, x2, w0, w1, w2);
          if (PIXELS > 1)
            c1 = S === 1 ? three(c1, x1, x2, x3, w0, w1, w2) : three(c1, x2, x3, x4, w0, w1, w2);
          if (PIXELS > 2)
            c2 = S === 1 ? three(c2, x2, x3, x4, w0, w1, w2) : three(c2, x4, x5, x6, w0, w1, w2);
          if (PIXELS > 3) c3 = three(c3, x3, x4, x5, w0, w1, w2);
          if (PIXELS > 4) c4 = three(c4, x4, x5, x6, w0, w1, w2);
        }
        let d0 = i32x4.splat(0);
        let d1 = i32x4.splat(0);
        let d2 = i32x4.splat(0);
        let d3 = i32x4.splat(0);
        let d4 = i32x4.splat(0);
        if (TWO && a) {
          const w0 = v128.load(weights, 48);
          const w1 = v128.load(weights, 64);
          const w2 = v128.load(weights, 80);
          const x0 = v128.load(a);
          const x1 = v128.load(a, 32);
          const x2 = v128.load(a, 64);
          const x3 = LAST >= 3 ? v128.load(a, 96) : x2;
          const x4 = LAST >= 4 ? v128.load(a, 128) : x2;
          const x5 = LAST >= 5 ? v128.load(a, 160) : x2;
          const x6 = LAST >= 6 ? v128.load(a, 192) : x2;
          d0 = three(d0, x0, x1, x2, w0, w1, w2);
          if (PIXELS > 1)
            d1 = S === 1 ? three(d1, x1, x2, x3, w0, w1, w2) : three(d1, x2, x3, x4, w0, w1, w2);
          if (PIXELS > 2)
            d2 = S === 1 ? three(d2, x2, x3, x4, w0, w1, w2) : three(d2, x4, x5, x6, w0, w1, w2);
          if (PIXELS > 3) d3 = three(d3, x3, x4, x5, w0, w1, w2);
          if (PIXELS > 4) d4 = three(d4, x4, x5, x6, w0, w1, w2);
        }
        const r0 = low(c0, d0, stage);
        const r1 = PIXELS > 1 ? low(c1, d1, stage) : r0;
        const r2 = PIXELS > 2 ? low(c2, d2, stage) : r0;
        const r3 = PIXELS > 3 ? low(c3, d3, stage) : r0;
        const r4 = PIXELS > 4 ? low(c4, d4, stage) : r0;
        let e0 = i32x4.splat(0);
        let e1 = i32x4.splat(0);
        let e2 = i32x4.splat(0);
        let e3 = i32x4.splat(0);
        let e4 = i32x4.splat(0);
        if (a) {
          const w0 = v128.load(weights, HALF);
          const w1 = v128.load(weights, HALF + 16);
          const w2 = v128.load(weights, HALF + 32);
          const x0 = v128.load(a, 16);
          const x1 = v128.load(a, 48);
          const x2 = v128.load(a, 80);
          const x3 = LAST >= 3 ? v128.load(a, 112) : x2;
          const x4 = LAST >= 4 ? v128.load(a, 144) : x2;
          const x5 = LAST >= 5 ? v128.load(a, 176) : x2;
          const x6 = LAST >= 6 ? v128.load(a, 208) : x2;
          e0 = three(e0, x0, x1, x2, w0, w1, w2);
          if (PIXELS > 1)
            e1 = S === 1 ? three(e1, x1, x2, x3, w0, w1, w2) : three(e1, x2, x3, x4, w0, w1, w2);
          if (PIXELS > 2)
            e2 = S === 1 ? three(e2, x2, x3, x4, w0, w1, w2) : three(e2, x4, x5, x6, w0, w1, w2);
          if (PIXELS > 3) e3 = three(e3, x3, x4, x5, w0, w1, w2);
          if (PIXELS > 4) e4 = three(e4, x4, x5, x6, w0, w1, w2);
        }
        let f0 = i32x4.splat(0);
        let f1 = i32x4.splat(0);
        let f2 = i32x4.splat(0);
        let f3 = i32x4.splat(0);
        let f4 = i32x4.splat(0);
        if (TWO && a) {
          const w0 = v128.load(weights, HALF + 48);
          const w1 = v128.load(weights, HALF + 64);
          const w2 = v128.load(weights, HALF + 80);
          const x0 = v128.load(a, 16);
          const x1 = v128.load(a, 48);
          const x2 = v128.load(a, 80);
          const x3 = LAST >= 3 ? v128.load(a, 112) : x2;
          const x4 = LAST >= 4 ? v128.load(a, 144) : x2;
          const x5 = LAST >= 5 ? v128.load(a, 176) : x2;
          const x6 = LAST >= 6 ? v128.load(a, 208) : x2;
          f0 = three(f0, x0, x1, x2, w0, w1, w2);
          if (PIXELS > 1)
            f1 = S === 1 ? three(f1, x1, x2, x3, w0, w1, w2) : three(f1, x2, x3, x4, w0, w1, w2);
          if (PIXELS > 2)
            f2 = S === 1 ? three(f2, x2, x3, x4, w0, w1, w2) : three(f2, x4, x5, x6, w0, w1, w2);
          if (PIXELS > 3) f3 = three(f3, x3, x4, x5, w0, w1, w2);
          if (PIXELS > 4) f4 = three(f4, x4, x5, x6, w0, w1, w2);
        }
        const s0 = whole(r0, e0, f0, stage);
        const s1 = PIXELS > 1 ? whole(r1, e1, f1, stage) : s0;
        const s2 = PIXELS > 2 ? whole(r2, e2, f2, stage) : s0;
        const s3 = PIXELS > 3 ? whole(r3, e3, f3, stage) : s0;
        const s4 = PIXELS > 4 ? whole(r4, e4, f4, stage) : s0;
        if (TWO) {
          storeLines(s0, out, next, n, spare);
          if (PIXELS > 1)
            storeLines(s1, left > 1 ? out + OUT_STEP : spare, next && left > 1, n, spare);
          if (PIXELS > 2)
            storeLines(s2, left > 2 ? out + 2 * OUT_STEP : spare, next && left > 2, n, spare);
          if (PIXELS > 3)
            storeLines(s3, left > 3 ? out + 3 * OUT_STEP : spare, next && left > 3, n, spare);
          if (PIXELS > 4)
            storeLines(s4, left > 4 ? out + 4 * OUT_STEP : spare, next && left > 4, n, spare);
        } else {
          storeBlock(
            narrow(s0, s1),
            out,
            PIXELS > 1 && left > 1 ? out + OUT_STEP : spare,
            n,
            spare,
          );
          if (PIXELS > 2) {
            const o2 = left > 2 ? out + 2 * OUT_STEP : spare;
            storeBlock(
              narrow(s2, s3),
              o2,
              PIXELS > 3 && left > 3 ? out + 3 * OUT_STEP : spare,
              n,
              spare,
            );
          }
          if (PIXELS > 4)
            storeBlock(narrow(s4, s4), left > 4 ? out + 4 * OUT_STEP : spare, spare, n, spare);
        }
        out += PIXELS * OUT_STEP;
        a += 32 * PIXELS * S;
      }
    }
    weights += 2 * HALF;
    stage += BLOCK_BYTES;
  }
}

/** Three taps along the line, each of three lines and four channels. */
function three(sum: v128, x0: v128, x1: v128, x2: v128, w0: v128, w1: v128, w2: v128): v128 {
  const one = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, x0, sum);
  const two = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, x1, one);
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(w2, x2, two);
}

/** Channels 0–3: of both lines narrowed, i16[2][4], or of the one line before it is, i32[4]. */
function low(line: v128, next: v128, stage: usize): v128 {
  return TWO ? join(first(line, stage), first(next, stage)) : first(line, stage);
}

/** All eight channels: of both lines as bytes, i8[2][8], or of the one line, i16[8]. */
function whole(low: v128, line: v128, next: v128, stage: usize): v128 {
  if (!TWO) return join(low, second(line, stage));
  const bytes = narrow(low, join(second(line, stage), second(next, stage)));
  return v128.shuffle<i32>(bytes, bytes, 0, 2, 1, 3);
}

/** One position of two lines, the second where it exists. */
function storeLines(bytes: v128, to: usize, next: bool, n: i32, spare: usize): void {
  storeBlock(bytes, to, next ? to + OUT_LINE_STEP : spare, n, spare);
}
