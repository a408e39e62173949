import {
  C,
  DILATION_ALONG,
  GRAIN,
  LENGTH,
  MULTIPLIER,
  PAD_ALONG,
  STAGED,
  STEP,
  ZERO_POINT,
} from "./shape";

/**
 * Stages a line of the image for DEPTHWISE_CONV_2D: position by position the values of eight channels, each beside that
 * of the next tap.
 *
 *     to[j][c] = (x[j · GRAIN − PAD_ALONG][c], x[j · GRAIN − PAD_ALONG + DILATION_ALONG][c])
 *
 * Reads up to 7 bytes past the image.
 *
 * @param to     i16[STAGED][8][2]
 * @param line   i8[LENGTH][C], positions STEP bytes apart
 * @param n      the first of eight *output* channels
 * @param inside false: the whole line lies outside the image
 */
export function stageLine(to: usize, line: usize, n: i32, inside: bool): void {
  let x = -PAD_ALONG;
  let last = value(line, x, n, inside);
  for (let j = 0; j < STAGED; ++j) {
    const first = GRAIN === DILATION_ALONG ? last : value(line, x, n, inside);
    const second = value(line, x + DILATION_ALONG, n, inside);
    v128.store(to, v128.shuffle<i16>(first, second, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(to, v128.shuffle<i16>(first, second, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    last = second;
    to += 32;
    x += GRAIN;
  }
}

/** Eight channels of one position, or the zero point outside: i16[8]. */
function value(line: usize, x: i32, n: i32, inside: bool): v128 {
  if (!inside || u32(x) >= u32(LENGTH)) return i16x8.splat(i16(ZERO_POINT));
  const from = line + x * STEP;
  if (MULTIPLIER === 1) return v128.load_ext<i8>(from + n);
  let lanes = i16x8.splat(0);
  lanes = i16x8.replace_lane(lanes, 0, channel(from, n));
  lanes = i16x8.replace_lane(lanes, 1, channel(from, n + 1));
  lanes = i16x8.replace_lane(lanes, 2, channel(from, n + 2));
  lanes = i16x8.replace_lane(lanes, 3, channel(from, n + 3));
  lanes = i16x8.replace_lane(lanes, 4, channel(from, n + 4));
  lanes = i16x8.replace_lane(lanes, 5, channel(from, n + 5));
  lanes = i16x8.replace_lane(lanes, 6, channel(from, n + 6));
  return i16x8.replace_lane(lanes, 7, channel(from, n + 7));
}

/** The input channel of an output channel; past the last one any. */
function channel(from: usize, n: i32): i16 {
  return i16(load<i8>(from + min(n / MULTIPLIER, C - 1)));
}
