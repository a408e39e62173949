import { inWords } from "../fixed/words";

/**
 * Copies bytes: where a graph's input or output cannot be the tensor itself.
 *
 *   dst[k] = src[k]
 *
 * @param src i8[n]
 * @param dst i8[n], not overlapping src
 * @param n   0 … 2^31 − 1
 */
export function copy(src: usize, dst: usize, n: i32): void {
  const words = inWords(src, dst, n);
  let k = 0;
  for (; k < words; k += 8) store<u64>(dst + k, load<u64>(src + k));
  for (; k < n; k++) store<u8>(dst + k, load<u8>(src + k));
}
