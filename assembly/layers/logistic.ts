import { multiplyByQuantizedMultiplier } from "../fixed/requantize";
import { roundingDivideByPot } from "../fixed/saturating";
import { logistic } from "../fixed/sigmoid";

/**
 * LOGISTIC of every byte, to scale 1/256 and zero point −128.
 *
 * @param table    i8[256], indexed by the byte as u8
 * @param q        with exponent: scale · 2^27, from differences to Q5.27
 * @param radius   differences this far from zero saturate; smaller ones stay inside ±15 in Q5.27
 */
export function logisticTable(
  table: usize,
  zeroPoint: i32,
  q: i32,
  exponent: i32,
  radius: i32,
  rounding: i32,
): void {
  for (let byte = 0; byte < 256; ++byte) {
    const difference = i32(i8(byte)) - zeroPoint;
    let out = difference <= -radius ? -128 : 127;
    if (abs(difference) < radius) {
      const a = multiplyByQuantizedMultiplier(difference, q, exponent, rounding);
      out = min(roundingDivideByPot(logistic(a), 23) - 128, 127); // Q1.31 to Q1.8, at most 256
    }
    store<i8>(table + byte, out);
  }
}
