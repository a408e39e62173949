/**
 * Power of spectral lines, in place: complex i32[count] → u64[count], re² + im² < 2^63 where both are below 2^31.
 *
 * @param block i32 exponent of the lines before, of the powers after (twice that); then i32, bits of the largest power
 */
export function power(lines: usize, count: i32, block: usize): void {
  let any: u64 = 0;
  for (const end = lines + (usize(count) << 3); lines < end; lines += 8) {
    const re = i64(load<i32>(lines));
    const im = i64(load<i32>(lines, 4));
    const p = u64(re * re + im * im);
    any |= p;
    store<u64>(lines, p);
  }
  store<i32>(block, load<i32>(block) << 1);
  store<i32>(block, 64 - i32(clz(any)), 4);
}
