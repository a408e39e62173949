/**
 * Triangles over neighbouring powers, such as a mel filter bank. Between two corners the triangle that rises and the one
 * that falls share every line: one weight serves both.
 *
 *     out[b] = Σ w[k] · power[k] over segment b  +  Σ (1 − w[k]) · power[k] over segment b + 1
 *
 * The powers are first shifted to `room` bits, so that the sum over two segments is below 2^64 and small powers keep their
 * bits through the product.
 *
 * @param powers   u64, from line 0 on
 * @param segments u16[count + 2]: the first line of each of the count + 1 segments, and the end of the last
 * @param weights  u32, one for each line of all segments, Q0.32
 * @param room     0 … 62: 2^room times the lines of two neighbouring segments is at most 2^64
 * @param block    i32 exponent, i32 bits of the powers; the exponent of the sums is written to the former
 * @param out      u64[count]; may not overlap the powers
 */
export function bands(
  powers: usize,
  segments: usize,
  weights: usize,
  count: i32,
  room: i32,
  block: usize,
  out: usize,
): void {
  const shift = load<i32>(block, 4) - room;
  const right = max(0, shift);
  const left = max(0, -shift);
  let falling: u64 = 0;
  let rising: u64 = 0;
  for (let b = 0; b <= count; ++b) {
    const before = rising;
    rising = 0;
    falling = 0;
    let at = powers + (usize(load<u16>(segments)) << 3);
    segments += 2;
    for (const end = powers + (usize(load<u16>(segments)) << 3); at < end; at += 8) {
      const p = (load<u64>(at) << left) >> right;
      const w = u64(load<u32>(weights));
      weights += 4;
      const part = (p >> 32) * w + (((p & 0xffffffff) * w) >> 32);
      rising += part;
      falling += p - part;
    }
    if (b > 0) {
      store<u64>(out, before + falling);
      out += 8;
    }
  }
  store<i32>(block, load<i32>(block) + shift);
}
