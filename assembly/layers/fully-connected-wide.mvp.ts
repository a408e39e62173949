import { addFields, offsets, THREE } from "../fixed/lanes";
import { CHANNEL_BYTES, requantizeSums, STAGE_BYTES } from "../fixed/output-stage";

/**
 * FULLY_CONNECTED without SIMD, faster and with twice the weights of fully-connected.mvp.ts: three rows of weights are an
 * i64 of their own, so that nothing is masked, and twelve rows share every input.
 *
 *     out[m][n] = clamp(multiply(bias[n] + Σ_k (w[n][k] − z_w) · x[m][k]) + zeroPoint)
 *
 * A word is w0 + w1 · 2^21 + w2 · 2^42, less z_w each. Only the final sums of a chunk must fit their fields: what
 * overflows on the way is undone modulo 2^64.
 *
 * @param input   i8[M][K]
 * @param output  i8[M][N]
 * @param weights i64[ceil(N / 12)][K rounded up to even][4 triples of rows]; zero where padded
 * @param stage   see fixed/output-stage.ts; N channels. Sums carry an offset of 2^20 per chunk
 * @param scratch i64[12] of sums
 * @param chunk   columns per chunk, even
 */
export function fullyConnectedWide(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
  M: i32,
  K: i32,
  N: i32,
  chunk: i32,
): void {
  const start = offsets(THREE);
  const sumsEnd = scratch + 96;
  for (const end = input + M * K; input < end; input += K) {
    const inputEnd = input + K;
    let w = weights;
    let channel = stage + STAGE_BYTES;
    for (let n = 0; n < N; n += 12) {
      for (let to = scratch; to < sumsEnd; to += 8) store<i64>(to, 0);
      for (let from = input; from < inputEnd; from += chunk) {
        let s0 = start;
        let s1 = start;
        let s2 = start;
        let s3 = start;
        const to = min(from + chunk, inputEnd);
        for (let a = from; a < to; a += 2) {
          let x = i64.load8_s(a);
          s0 += load<i64>(w) * x;
          s1 += load<i64>(w, 8) * x;
          s2 += load<i64>(w, 16) * x;
          s3 += load<i64>(w, 24) * x;
          x = i64.load8_s(a, 1); // of an odd K, the last weights are zero
          s0 += load<i64>(w, 32) * x;
          s1 += load<i64>(w, 40) * x;
          s2 += load<i64>(w, 48) * x;
          s3 += load<i64>(w, 56) * x;
          w += 64;
        }
        addFields(scratch, s0);
        addFields(scratch + 24, s1);
        addFields(scratch + 48, s2);
        addFields(scratch + 72, s3);
      }
      const count = min(N - n, 12);
      requantizeSums(scratch, count, stage, channel, output);
      channel += usize(count) * CHANNEL_BYTES;
      output += count;
    }
  }
}
