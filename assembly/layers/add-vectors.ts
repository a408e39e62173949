import { moveA, moveB, movingAxis } from "../fixed/walk";

/**
 * ADD and SUB with SIMD, sixteen elements at a time. Both operands and all their roundings are one linear form; the host
 * has tried it for every pair of bytes (host/compiler/ops/simd/add.ts).
 *
 *     out = clamp((a · A + b · B + K) >> shift, low, high)
 *
 * A and B have 22 bits: i32x4.dot_i16x8_s takes their high and their low parts in turn, A = high · 2^8 + low.
 * |a · A + b · B + K| < 2^31.
 *
 * @param a      i8, `runs` runs of `run` elements, found by the walk
 * @param b      the same
 * @param output i8[runs][run]; may be a or b
 * @param axes   see fixed/walk.ts; unused with one run
 * @param high   of A in the low half and of B in the high half, i16 each
 * @param low    likewise
 * @param scratch 16 bytes
 */
export function addVectors(
  a: usize,
  b: usize,
  output: usize,
  axes: usize,
  scratch: usize,
  runs: i32,
  run: i32,
  high: i32,
  low: i32,
  constant: i32,
  shift: i32,
  lowest: i32,
  highest: i32,
): void {
  const factorsHigh = i32x4.splat(high);
  const factorsLow = i32x4.splat(low);
  const k = i32x4.splat(constant);
  const from = i8x16.splat(i8(lowest));
  const to = i8x16.splat(i8(highest));
  for (let r = 1; ; ++r) {
    let pa = a;
    let pb = b;
    for (let left = run; left > 0; left -= 16) {
      const x = v128.load(pa);
      const y = v128.load(pb);
      const first = v128.shuffle<i8>(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const last = v128.shuffle<i8>(
        x,
        y,
        8,
        24,
        9,
        25,
        10,
        26,
        11,
        27,
        12,
        28,
        13,
        29,
        14,
        30,
        15,
        31,
      );
      const q0 = sums(i16x8.extend_low_i8x16_s(first), factorsHigh, factorsLow, k, shift);
      const q1 = sums(i16x8.extend_high_i8x16_s(first), factorsHigh, factorsLow, k, shift);
      const q2 = sums(i16x8.extend_low_i8x16_s(last), factorsHigh, factorsLow, k, shift);
      const q3 = sums(i16x8.extend_high_i8x16_s(last), factorsHigh, factorsLow, k, shift);
      const bytes = i8x16.narrow_i16x8_s(
        i16x8.narrow_i32x4_s(q0, q1),
        i16x8.narrow_i32x4_s(q2, q3),
      );
      const clamped = i8x16.min_s(i8x16.max_s(bytes, from), to);
      if (left >= 16) {
        v128.store(output, clamped);
        output += 16;
      } else {
        v128.store(scratch, clamped);
        for (let e = 0; e < left; ++e) store<u8>(output++, load<u8>(scratch + e));
      }
      pa += 16;
      pb += 16;
    }
    if (r === runs) return;
    const axis = movingAxis(axes, r);
    a += moveA(axis);
    b += moveB(axis);
  }
}

/** Four pairs (a, b) through the linear form: i32[4]. */
function sums(pairs: v128, high: v128, low: v128, constant: v128, shift: i32): v128 {
  const top = i32x4.shl(i32x4.dot_i16x8_s(pairs, high), 8);
  const sum = i32x4.add(i32x4.add(top, i32x4.dot_i16x8_s(pairs, low)), constant);
  return i32x4.shr_s(sum, shift);
}
