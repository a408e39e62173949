import { factor1, factor2, offsets, packI8, THREE, TWO } from "../fixed/lanes";
import { CHANNEL_BYTES, requantizeLanes, STAGE_BYTES } from "../fixed/output-stage";

/**
 * CONV_2D without SIMD: up to three output pixels share an i64, so that one multiplication by a weight counts for all.
 *
 *     out[p][n] = clamp(multiply(bias[n] + Σ_k w[n][k] · x[p][k]) + zeroPoint)
 *
 * For each group of pixels the patches are gathered as words x0 (+ x1·2^lane (+ x2·2^42)), with the input's zero point
 * where the window leaves the image; then eight channels at a time go through them. Only the final sums must fit their
 * fields (host/compiler/ops/mvp/lanes.ts proves it from the weights): overflow on the way is undone modulo 2^64.
 *
 * Weights of uint8, T = u8, are stored as i8, 128 less each, and have a zero point.
 *
 * @param input   i8[H][W][C]
 * @param output  i8[outH][outW][N]
 * @param weights i8[ceil(N / 8)][ceil(K / 4)][8 channels][taps k, k + 2, k + 1, k + 3], K = kH·kW·C in the order ky, kx, c;
 *                zero where padded. Boards' own kernel (firmware/kernels) reads the same bytes: there one instruction makes
 *                two numbers of every second byte
 * @param stage   see fixed/output-stage.ts; N channels, for sums without an offset
 * @param scratch 8 · (K + 3) bytes of words, 64 of sums, then kW · C of the input's zero point
 * @param lane    see fixed/lanes.ts: 21 three pixels, 32 two, 63 one
 */
export function conv2d<T>(
  input: usize,
  output: usize,
  weights: usize,
  stage: usize,
  scratch: usize,
  lane: i32,
  inputZeroPoint: i32,
  H: i32,
  W: i32,
  C: i32,
  outH: i32,
  outW: i32,
  N: i32,
  kH: i32,
  kW: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  padTop: i32,
  padLeft: i32,
  weightZeroPoint: i32,
): void {
  const rowBytes = kW * C;
  const K = kH * rowBytes;
  const wordsEnd = scratch + (usize(K) << 3);
  const sums = wordsEnd + 24;
  const outside = sums + 64;
  for (let k = 0; k < rowBytes; ++k) store<i8>(outside + usize(k), inputZeroPoint);
  const f1 = factor1(lane);
  const f2 = factor2(lane);
  let start = offsets(lane);
  const pixels = lane === THREE ? 3 : lane === TWO ? 2 : 1;

  let y = -padTop; // of the window's first tap
  let x = -padLeft;
  const rowEnd = outW * strideW - padLeft;
  for (let left = outH * outW; left > 0; left -= pixels) {
    // a pixel past the last one repeats the one before: the same bytes are written twice
    const y0 = y;
    const x0 = x;
    const out0 = output;
    let y1 = y0;
    let x1 = x0;
    let out1 = out0;
    if (left > 1 && pixels > 1) {
      x1 += strideW;
      if (x1 === rowEnd) {
        x1 = -padLeft;
        y1 += strideH;
      }
      out1 += N;
    }
    let y2 = y1;
    let x2 = x1;
    let out2 = out1;
    if (left > 2 && pixels === 3) {
      x2 += strideW;
      if (x2 === rowEnd) {
        x2 = -padLeft;
        y2 += strideH;
      }
      out2 += N;
    }
    output = out2 + N;
    x = x2 + strideW;
    y = y2;
    if (x === rowEnd) {
      x = -padLeft;
      y += strideH;
    }

    // where all windows lie within the image's width, a row of taps is one run of kW·C bytes
    const whole = dilationW === 1 && min(min(x0, x1), x2) >= 0 && max(max(x0, x1), x2) + kW <= W;
    const taps = whole ? 1 : kW;
    const run = usize(whole ? rowBytes : C) << 3;
    let word = scratch;
    for (let ky = 0; ky < kH; ++ky) {
      const down = ky * dilationH;
      for (let kx = 0; kx < taps; ++kx) {
        const right = kx * dilationW;
        let a0 = tap(input, y0 + down, x0 + right, H, W, C, outside);
        let a1 = tap(input, y1 + down, x1 + right, H, W, C, outside);
        let a2 = tap(input, y2 + down, x2 + right, H, W, C, outside);
        const end = word + run;
        // four words at a time: up to three too many, which the next run overwrites
        for (let to = word; to < end; to += 32) {
          store<i64>(to, packI8(a0, a1, a2, f1, f2));
          store<i64>(to, packI8(a0 + 1, a1 + 1, a2 + 1, f1, f2), 8);
          store<i64>(to, packI8(a0 + 2, a1 + 2, a2 + 2, f1, f2), 16);
          store<i64>(to, packI8(a0 + 3, a1 + 3, a2 + 3, f1, f2), 24);
          a0 += 4;
          a1 += 4;
          a2 += 4;
        }
        word = end;
      }
    }

    // Σ (w − z_w)·x = Σ w·x − z_w · Σ x, with the sums of all pixels in one word
    if (!isSigned<T>()) {
      start = offsets(lane);
      for (let a = scratch; a < wordsEnd; a += 8) start -= load<i64>(a) * i64(weightZeroPoint);
    }
    let w = weights;
    let channel = stage + STAGE_BYTES;
    for (let n = 0; n < N; n += 8) {
      let s0 = start;
      let s1 = start;
      let s2 = start;
      let s3 = start;
      let s4 = start;
      let s5 = start;
      let s6 = start;
      let s7 = start;
      for (let a = scratch; a < wordsEnd; a += 32) {
        let v = load<i64>(a);
        s0 += v * i64.load8_s(w);
        s1 += v * i64.load8_s(w, 4);
        s2 += v * i64.load8_s(w, 8);
        s3 += v * i64.load8_s(w, 12);
        s4 += v * i64.load8_s(w, 16);
        s5 += v * i64.load8_s(w, 20);
        s6 += v * i64.load8_s(w, 24);
        s7 += v * i64.load8_s(w, 28);
        v = load<i64>(a, 8);
        s0 += v * i64.load8_s(w, 2);
        s1 += v * i64.load8_s(w, 6);
        s2 += v * i64.load8_s(w, 10);
        s3 += v * i64.load8_s(w, 14);
        s4 += v * i64.load8_s(w, 18);
        s5 += v * i64.load8_s(w, 22);
        s6 += v * i64.load8_s(w, 26);
        s7 += v * i64.load8_s(w, 30);
        v = load<i64>(a, 16);
        s0 += v * i64.load8_s(w, 1);
        s1 += v * i64.load8_s(w, 5);
        s2 += v * i64.load8_s(w, 9);
        s3 += v * i64.load8_s(w, 13);
        s4 += v * i64.load8_s(w, 17);
        s5 += v * i64.load8_s(w, 21);
        s6 += v * i64.load8_s(w, 25);
        s7 += v * i64.load8_s(w, 29);
        v = load<i64>(a, 24);
        s0 += v * i64.load8_s(w, 3);
        s1 += v * i64.load8_s(w, 7);
        s2 += v * i64.load8_s(w, 11);
        s3 += v * i64.load8_s(w, 15);
        s4 += v * i64.load8_s(w, 19);
        s5 += v * i64.load8_s(w, 23);
        s6 += v * i64.load8_s(w, 27);
        s7 += v * i64.load8_s(w, 31);
        w += 32;
      }
      store<i64>(sums, s0);
      store<i64>(sums, s1, 8);
      store<i64>(sums, s2, 16);
      store<i64>(sums, s3, 24);
      store<i64>(sums, s4, 32);
      store<i64>(sums, s5, 40);
      store<i64>(sums, s6, 48);
      store<i64>(sums, s7, 56);
      requantizeLanes(sums, min(N - n, 8), stage, channel, out0 + n, out1 + n, out2 + n, lane);
      channel += 8 * CHANNEL_BYTES;
    }
  }
}

/** The C bytes of one input pixel, or of the zero point where it lies outside. */
function tap(input: usize, y: i32, x: i32, H: i32, W: i32, C: i32, outside: usize): usize {
  return u32(y) < u32(H) && u32(x) < u32(W) ? input + (y * W + x) * C : outside;
}
