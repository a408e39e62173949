import { FLIP, LENGTH, LINE_STEP, LINES, PAD_ALONG, STAGED, STEP, ZERO_POINT } from "./shape";

/**
 * Stages four neighbouring lines of the image for the relaxed 3×3 depthwise kernel: position by position, eight channels of
 * all four lines side by side, plus 128 where FLIP.
 *
 *     to[j][c] = (x[y][j − PAD_ALONG][c], x[y + 1][…][c], x[y + 2][…][c], x[y + 3][…][c])
 *
 * @param to      i8[STAGED][8][4]
 * @param line    the first channel of line y, inside the image or not
 * @param y       the first of the four lines
 * @param outside 16 bytes for the zero point: what lies outside
 */
export function stageQuad(to: usize, line: usize, y: i32, outside: usize): void {
  const border = i8x16.splat(i8(FLIP ? ZERO_POINT + 128 : ZERO_POINT));
  v128.store(outside, i8x16.splat(i8(ZERO_POINT)));
  const end = to + STAGED * 32;
  for (const start = to + PAD_ALONG * 32; to < start; to += 32) {
    v128.store(to, border);
    v128.store(to, border, 16);
  }
  const inA = u32(y) < u32(LINES);
  const inB = u32(y + 1) < u32(LINES);
  const inC = u32(y + 2) < u32(LINES);
  const inD = u32(y + 3) < u32(LINES);
  let a = inA ? line : outside;
  let b = inB ? line + LINE_STEP : outside;
  let c = inC ? line + 2 * LINE_STEP : outside;
  let d = inD ? line + 3 * LINE_STEP : outside;
  const stepA = inA ? STEP : 0;
  const stepB = inB ? STEP : 0;
  const stepC = inC ? STEP : 0;
  const stepD = inD ? STEP : 0;
  for (const last = min(to + LENGTH * 32, end); to < last; to += 32) {
    let ab = interleave(v128.load_zero<i64>(a), v128.load_zero<i64>(b));
    let cd = interleave(v128.load_zero<i64>(c), v128.load_zero<i64>(d));
    if (FLIP) {
      ab = v128.xor(ab, i8x16.splat(-128));
      cd = v128.xor(cd, i8x16.splat(-128));
    }
    v128.store(to, v128.shuffle<i16>(ab, cd, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(to, v128.shuffle<i16>(ab, cd, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    a += stepA;
    b += stepB;
    c += stepC;
    d += stepD;
  }
  for (; to < end; to += 32) {
    v128.store(to, border);
    v128.store(to, border, 16);
  }
}

/** The low eight bytes of both, one beside the other. */
function interleave(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
