import { addFields, offsets, THREE } from "../fixed/lanes";
import { CHANNEL_BYTES, requantizeSums, STAGE_BYTES } from "../fixed/output-stage";

/**
 * FULLY_CONNECTED without SIMD: three rows of weights share an i64 in 21-bit fields, and two columns share a word, so
 * that six weights take eight bytes and one multiplication counts for three.
 *
 *     out[m][n] = clamp(multiply(bias[n] + Σ_k (w[n][k] − z_w) · x[m][k]) + zeroPoint)
 *
 *     bit  0        8       16    21       29            42       50       63
 *          w0[k]    w0[k+1]       w1[k]    w1[k+1]       w2[k]    w2[k+1]
 *
 * Weights are stored as u = w + 128, which a mask takes out; Σ (w − z_w)·x = Σ u·x − (128 + z_w)·Σ x. The host chooses
 * chunks of columns whose final sums fit their fields (host/compiler/ops/mvp/fully-connected.ts).
 *
 * @param input        i8[M][K]
 * @param output       i8[M][N]
 * @param weights      i64[ceil(N / 6)][ceil(K / 4)][2 pairs of columns][2 triples of rows]; u = 0 where padded
 * @param stage        see fixed/output-stage.ts; N channels. Sums carry an offset of 2^20 per chunk
 * @param scratch      i64[6] of sums, then 8 bytes per chunk
 * @param chunk        columns per chunk, a multiple of 4
 * @param weightOffset 128 + z_w
 */
export function fullyConnected(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
  M: i32,
  K: i32,
  N: i32,
  chunk: i32,
  weightOffset: i32,
): void {
  const mask: i64 = 0xff | (0xff << 21) | (0xff << 42);
  const ones: i64 = 1 | (1 << 21) | (1 << 42);
  const start = offsets(THREE);
  const corrections = scratch + 48;
  for (const end = input + M * K; input < end; input += K) {
    const inputEnd = input + K;
    let correction = corrections;
    for (let k = 0; k < K; k += chunk) {
      let sum = 0;
      const from = input + k;
      const to = min(from + chunk, inputEnd);
      for (let a = from; a < to; ++a) sum += load<i8>(a);
      store<i64>(correction, start - ones * i64(sum) * i64(weightOffset));
      correction += 8;
    }

    let w = weights;
    let channel = stage + STAGE_BYTES;
    for (let n = 0; n < N; n += 6) {
      for (let to = scratch; to < corrections; to += 8) store<i64>(to, 0);
      correction = corrections;
      for (let from = input; from < inputEnd; from += chunk) {
        let low = load<i64>(correction);
        let high = low;
        correction += 8;
        const to = min(from + chunk, inputEnd);
        for (let a = from; a < to; a += 4) {
          let x0 = i64.load8_s(a);
          let x1 = i64.load8_s(a, 1);
          let v = load<i64>(w);
          low += (v & mask) * x0 + ((v >>> 8) & mask) * x1;
          v = load<i64>(w, 8);
          high += (v & mask) * x0 + ((v >>> 8) & mask) * x1;
          x0 = i64.load8_s(a, 2);
          x1 = i64.load8_s(a, 3);
          v = load<i64>(w, 16);
          low += (v & mask) * x0 + ((v >>> 8) & mask) * x1;
          v = load<i64>(w, 24);
          high += (v & mask) * x0 + ((v >>> 8) & mask) * x1;
          w += 32;
        }
        addFields(scratch, low);
        addFields(scratch + 24, high);
      }
      const count = min(N - n, 6);
      requantizeSums(scratch, count, stage, channel, output);
      channel += usize(count) * CHANNEL_BYTES;
      output += count;
    }
  }
}
