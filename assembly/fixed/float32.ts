/**
 * float32(x) / 2^spare(x): the 24 bits of x for which a float32 has room, rounded half to even.
 *
 * @param x positive, below 2^62
 * @returns at most 2^24
 */
export function nearest24(x: i64): i64 {
  const bits = spare(x);
  if (bits === 0) return x;
  return (x + (i64(1) << (bits - 1)) - 1 + ((x >> bits) & 1)) >> bits;
}

/** For how many bits of x a float32 has no room. */
export function spare(x: i64): i64 {
  return max<i64>(40 - clz(x), 0);
}
