import { C, DILATION_H, DILATION_W, FLIP, H, KH, KW, W, WIDE, ZERO_POINT } from "./shape";
import { widen, widen8 } from "./widen.simd";

/**
 * Stages the patch of one output position: KH·KW·C values in the order ky, kx, c, the zero point where the window leaves
 * the image. Widened to i16 for dot products where WIDE, as bytes otherwise, plus 128 where FLIP.
 *
 * Reads up to 15 bytes past the image; writes up to 16 bytes past the patch, so that patches must be staged in order.
 *
 * @param to    i16[KH·KW·C + 8] or i8[KH·KW·C + 16]
 * @param input i8[H][W][C]
 * @param y, x  of the window's first tap, may lie outside
 */
export function gather(to: usize, input: usize, y: i32, x: i32): void {
  const tap = C * (WIDE ? 2 : 1);
  const left = min(max(-x, 0), KW);
  const right = min(max(x + KW - W, 0), KW - left);
  let from = input + (y * W + x) * C;
  for (let ky = 0; ky < KH; ++ky) {
    if (u32(y) >= u32(H)) {
      fill(to, KW * C);
    } else if (DILATION_W > 1) {
      for (let kx = 0; kx < KW; ++kx) {
        const inside = u32(x + kx * DILATION_W) < u32(W);
        if (inside) widen(to + kx * tap, from + kx * DILATION_W * C, C);
        else fill(to + kx * tap, C);
      }
    } else if (left + right > 0) {
      // in this order: each part writes past its end
      if (left > 0) fill(to, left * C);
      if (left + right < KW) widen(to + left * tap, from + left * C, (KW - left - right) * C);
      if (right > 0) fill(to + (KW - right) * tap, right * C);
    } else if (KW * C <= 8) {
      widen8(to, from);
    } else if (KW * C <= 16) {
      widen8(to, from);
      widen8(to + (WIDE ? 16 : 8), from + 8);
    } else {
      widen(to, from, KW * C);
    }
    to += KW * tap;
    from += DILATION_H * W * C;
    y += DILATION_H;
  }
}

function fill(to: usize, n: i32): void {
  const value = WIDE
    ? i16x8.splat(i16(ZERO_POINT))
    : i8x16.splat(i8(FLIP ? ZERO_POINT + 128 : ZERO_POINT));
  const end = to + (WIDE ? 2 * n : n);
  do {
    if (WIDE) {
      v128.store(to, value);
      to += 16;
    } else {
      v128.store_lane<i64>(to, value, 0);
      to += 8;
    }
  } while (to < end);
}
