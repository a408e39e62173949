import { packI8 } from "../fixed/lanes";
import {
  BRACKET,
  bracketed,
  CHANNEL_BYTES,
  clamp,
  halfOf,
  STAGE_BYTES,
} from "../fixed/output-stage";

/**
 * DEPTHWISE_CONV_2D without SIMD, 3×3, multiplier 1, no dilation: three taps share an i64 in 22-bit fields, so that one
 * multiplication is their dot product.
 *
 *     column = x0 + x1·2^22 + x2·2^44        weights = w2 + w1·2^22 + w0·2^44
 *     column · weights = … + (x0·w0 + x1·w1 + x2·w2)·2^44     modulo 2^64: what lies above vanishes
 *
 * Channel by channel a window of three columns slides along lines, one column further per output: rows of the image, or
 * its columns. |dot| ≤ 9·128·128 < 2^19, and the two lower fields together stay below 2^39: half of 2^44 is added before
 * the shift, and the dot is exact for all weights.
 *
 * @param input   i8[lines][length][C] or i8[length][lines][C]: lineStep and step are the bytes to the next line and pixel
 * @param output  likewise: outLineStep and outStep
 * @param weights i8[C][3 taps along the line][3 lines, the last first]
 * @param stage   see fixed/output-stage.ts; C channels, all PLAIN or BRACKET, for sums without an offset
 * @param scratch 1 byte: the input's zero point. Boards' own kernel (firmware/kernels) takes 32 · (outLength + 2)
 */
export function depthwiseConv2d3x3(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
  inputZeroPoint: i32,
  C: i32,
  lines: i32,
  lineStep: i32,
  lineStride: i32,
  padLines: i32,
  length: i32,
  step: i32,
  pad: i32,
  outLines: i32,
  outLineStep: i32,
  outLength: i32,
  outStep: i32,
): void {
  const f1: i64 = 1 << 22;
  const f2: i64 = 1 << 44;
  const outside = (1 + f1 + f2) * i64(inputZeroPoint); // a column beside the image
  store<i8>(scratch, inputZeroPoint);
  const zeroPoint = i64.load32_s(stage);
  const low = i64.load32_s(stage, 4);
  const high = i64.load32_s(stage, 8);
  let channel = stage + STAGE_BYTES;
  for (let c = 0; c < C; ++c) {
    const w0 = packI8(weights, weights + 1, weights + 2, f1, f2);
    const w1 = packI8(weights + 3, weights + 4, weights + 5, f1, f2);
    const w2 = packI8(weights + 6, weights + 7, weights + 8, f1, f2);
    weights += 9;
    const constant = load<i64>(channel);
    const q = i64.load32_s(channel, 8);
    const shift = i64.load32_s(channel, 12);
    const bracket = shift >= BRACKET << 6;
    const half = halfOf(zeroPoint, shift);
    channel += CHANNEL_BYTES;
    let line = -padLines;
    for (let outLine = 0; outLine < outLines; ++outLine) {
      // three lines, each with its step: those outside stand still on the zero point
      let a0 = scratch;
      let a1 = scratch;
      let a2 = scratch;
      let step0 = 0;
      let step1 = 0;
      let step2 = 0;
      const a = input + c + line * lineStep;
      if (u32(line) < u32(lines)) {
        a0 = a;
        step0 = step;
      }
      if (u32(line + 1) < u32(lines)) {
        a1 = a + lineStep;
        step1 = step;
      }
      if (u32(line + 2) < u32(lines)) {
        a2 = a + 2 * lineStep;
        step2 = step;
      }
      line += lineStride;
      let x = -pad;
      let p0: i64 = 0;
      let p1: i64 = 0;
      let p2: i64 = 0;
      for (const first = x + 2; x < first; ++x) {
        p1 = p2;
        p2 = outside;
        if (u32(x) < u32(length)) {
          p2 = packI8(a0, a1, a2, f1, f2);
          a0 += step0;
          a1 += step1;
          a2 += step2;
        }
      }
      let out = output + c + outLine * outLineStep;
      for (const last = x + outLength; x < last; ++x) {
        p0 = p1;
        p1 = p2;
        p2 = outside;
        if (u32(x) < u32(length)) {
          p2 = packI8(a0, a1, a2, f1, f2);
          a0 += step0;
          a1 += step1;
          a2 += step2;
        }
        let t = ((p0 * w0 + p1 * w1 + p2 * w2 + (1 << 43)) >> 44) * q + constant;
        if (bracket) t = bracketed(t, half);
        i64.store8(out, clamp(t >> shift, low, high));
        out += outStep;
      }
    }
  }
}
