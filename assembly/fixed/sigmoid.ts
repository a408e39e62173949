import { expOnNegativeValues } from "./exp";
import { oneMinusOverOnePlus, oneOverOnePlus } from "./reciprocal";

/**
 * 1 / (1 + e^−a). gemmlowp: logistic.
 *
 * @param a Q5.27, not −2^31
 * @returns Q1.31 in (0, 1)
 */
export function logistic(a: i32): i32 {
  if (a === 0) return 1 << 30;
  const positive = oneOverOnePlus(expOnNegativeValues(a > 0 ? -a : a, 4));
  return a > 0 ? positive : i32.MAX_VALUE - positive;
}

/**
 * tanh(a) = (1 − e^−2|a|) / (1 + e^−2|a|) with the sign of a. gemmlowp: tanh.
 *
 * @param a Q5.27, not −2^31
 * @returns Q1.31 in (−1, 1)
 */
export function tanh(a: i32): i32 {
  if (a === 0) return 0;
  // the raw value of |a| in Q5.27 is that of 2|a| in Q6.26
  const positive = oneMinusOverOnePlus(expOnNegativeValues(a > 0 ? -a : a, 5));
  return a > 0 ? positive : -positive;
}
