/**
 * Sums of four products, x0·w0 and x1·w1 in neighbouring lanes, of channels 0–3.
 *
 * @param x0, x1 i8[16]: the same two taps eight times
 * @param w0, w1 i8[8][2], none −128
 * @returns i32[4]
 */
export function low(x0: v128, w0: v128, x1: v128, w1: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_s(
    i16x8.add(i16x8.extmul_low_i8x16_s(x0, w0), i16x8.extmul_low_i8x16_s(x1, w1)),
  );
}

/** The same of channels 4–7. */
export function high(x0: v128, w0: v128, x1: v128, w1: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_s(
    i16x8.add(i16x8.extmul_high_i8x16_s(x0, w0), i16x8.extmul_high_i8x16_s(x1, w1)),
  );
}
