import { HIGH, LOW, N } from "./shape";

/** The last block of eight or sixteen channels is this long; 0: it is whole. */
const REST_OF_8 = N & 7;
const REST_OF_16 = N & 15;

/** Two outputs of eight channels each, narrowed to int8 and clamped: i8[2][8]. */
export function narrow(first: v128, second: v128): v128 {
  let bytes = i8x16.narrow_i16x8_s(first, second);
  if (LOW > -128) bytes = i8x16.max_s(bytes, i8x16.splat(i8(LOW)));
  if (HIGH < 127) bytes = i8x16.min_s(bytes, i8x16.splat(i8(HIGH)));
  return bytes;
}

/**
 * Channels n … n + 7 of two output positions, as far as they exist.
 *
 * @param first, second address of channel n
 * @param spare         16 bytes
 */
export function storeBlock(bytes: v128, first: usize, second: usize, n: i32, spare: usize): void {
  if (REST_OF_8 && n + 8 > N) {
    v128.store(spare, bytes);
    for (let k = 0; k < REST_OF_8; ++k) {
      store<u8>(first + k, load<u8>(spare + k));
      store<u8>(second + k, load<u8>(spare + k, 8));
    }
  } else {
    v128.store_lane<i64>(first, bytes, 0);
    v128.store_lane<i64>(second, bytes, 1);
  }
}

/** Channels n … n + 15 of one output position, as far as they exist. */
export function storeWide(bytes: v128, to: usize, n: i32, spare: usize): void {
  if (REST_OF_16 && n + 16 > N) {
    v128.store(spare, bytes);
    for (let k = 0; k < REST_OF_16; ++k) store<u8>(to + k, load<u8>(spare + k));
  } else {
    v128.store(to, bytes);
  }
}
