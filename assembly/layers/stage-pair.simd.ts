import { LENGTH, LINE_STEP, LINES, PAD_ALONG, STAGED, STEP, ZERO_POINT } from "./shape";

/**
 * Stages two neighbouring lines of the image for the 3×3 depthwise kernel: position by position, eight channels of both
 * lines side by side.
 *
 *     to[j][c] = (x[y][j − PAD_ALONG][c], x[y + 1][j − PAD_ALONG][c])
 *
 * Reads up to 7 bytes past the image.
 *
 * @param to      i16[STAGED][8][2]
 * @param line    the first channel of line y, inside the image or not
 * @param y       the first of the two lines
 * @param outside 16 bytes for the zero point: what lies outside
 */
export function stagePair(to: usize, line: usize, y: i32, outside: usize): void {
  const border = i16x8.splat(i16(ZERO_POINT));
  v128.store(outside, i8x16.splat(i8(ZERO_POINT)));
  const end = to + STAGED * 32;
  for (const start = to + PAD_ALONG * 32; to < start; to += 32) {
    v128.store(to, border);
    v128.store(to, border, 16);
  }
  let a = outside;
  let b = outside;
  let stepA = 0;
  let stepB = 0;
  if (u32(y) < u32(LINES)) {
    a = line;
    stepA = STEP;
  }
  if (u32(y + 1) < u32(LINES)) {
    b = line + LINE_STEP;
    stepB = STEP;
  }
  for (const last = min(to + LENGTH * 32, end); to < last; to += 32) {
    const first = v128.load_ext<i8>(a);
    const second = v128.load_ext<i8>(b);
    v128.store(to, v128.shuffle<i16>(first, second, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(to, v128.shuffle<i16>(first, second, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    a += stepA;
    b += stepB;
  }
  for (; to < end; to += 32) {
    v128.store(to, border);
    v128.store(to, border, 16);
  }
}
