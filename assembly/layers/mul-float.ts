import { nearest24, spare } from "../fixed/float32";
import { moveA, moveB, movingAxis } from "../fixed/walk";

/**
 * MUL with broadcasting as XNNPACK computes it: one multiplication of float32, in integers, to the bit.
 *
 *     out = clamp(nearest(float32((a − zeroPointA) · (b − zeroPointB) · mantissa · 2^exponent)) + zeroPoint, low, high)
 *
 * Ties go to even, in the multiplication and in what rounds its result to an integer.
 *
 * @param a        i8, `runs` runs of `run` elements, found by the walk; stepA is 0 where a run repeats one element
 * @param b        the same with stepB
 * @param output   i8[runs][run]; may be a or b where that one is not broadcast
 * @param axes     see fixed/walk.ts; unused with one run
 * @param mantissa 2^23 to 2^24 − 1
 * @param exponent −39 to −16
 */
export function mulFloat(
  a: usize,
  b: usize,
  output: usize,
  axes: usize,
  runs: i32,
  run: i32,
  stepA: i32,
  stepB: i32,
  zeroPointA: i32,
  zeroPointB: i32,
  mantissa: i32,
  exponent: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const lowest = low - zeroPoint;
  const highest = high - zeroPoint;
  for (let r = 1; ; ++r) {
    let pa = a;
    let pb = b;
    for (const end = output + run; output < end; ++output) {
      const product = (load<i8>(pa) - zeroPointA) * (load<i8>(pb) - zeroPointB); // |product| < 2^16
      const steps = product === 0 ? 0 : nearest(i64(abs(product)) * i64(mantissa), -exponent);
      const signed = product < 0 ? -steps : steps;
      store<i8>(output, min(max(signed, lowest), highest) + zeroPoint);
      pa += stepA;
      pb += stepB;
    }
    if (r === runs) return;
    const axis = movingAxis(axes, r);
    a += moveA(axis);
    b += moveB(axis);
  }
}

/** Beyond any element. */
const MANY = 1 << 10;

/** x / 2^bits by way of a float32; 2^23 ≤ x < 2^40, 16 ≤ bits ≤ 39. */
function nearest(x: i64, bits: i32): i32 {
  const down = bits - i32(spare(x));
  if (down <= 0) return MANY; // from 2^23 on
  if (down > 25) return 0; // below ½
  const float = i32(nearest24(x));
  const rounded = (float + (1 << (down - 1)) - 1 + ((float >> down) & 1)) >> down;
  return min(rounded, MANY);
}
