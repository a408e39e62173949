/**
 * How many of n bytes may be copied eight at a time: all whole eights on hosts, which read any address; on boards only
 * where both addresses lie on four. There WASM3's loads and stores are compiled for aligned addresses, eight bytes being
 * two words, and others are a fault of the processor.
 */
export function inWords(from: usize, to: usize, n: i32): i32 {
  return ASC_FEATURE_SIMD || ((from | to) & 3) === 0 ? n & ~7 : 0;
}
