import {
  roundingHalfSum,
  saturatingLeftShift,
  saturatingRoundingDoublingHighMul,
} from "./saturating";

/**
 * 1 / (1 + a). gemmlowp: one_over_one_plus_x_for_x_in_0_1.
 *
 * @param a Q1.31 in [0, 1)
 * @returns Q1.31 in [1/2, 1]; 1 saturates to 2^31 − 1
 */
export function oneOverOnePlus(a: i32): i32 {
  return saturatingLeftShift(twoOverOnePlus(a), 1); // half of Q3.29 is Q2.30
}

/**
 * (1 − a) / (1 + a) = 2 / (1 + a) − 1. gemmlowp: one_minus_x_over_one_plus_x_for_x_in_0_1.
 *
 * @param a Q1.31 in [0, 1)
 * @returns Q1.31 in [0, 1]; 1 saturates to 2^31 − 1
 */
export function oneMinusOverOnePlus(a: i32): i32 {
  return saturatingLeftShift(twoOverOnePlus(a) - (1 << 29), 2); // Q3.29 to Q1.31
}

/** 2 / (1 + a) in Q3.29, from 1 to 2: three steps of Newton's method towards 1/d, d = (1 + a) / 2. */
function twoOverOnePlus(a: i32): i32 {
  const d = roundingHalfSum(a, i32.MAX_VALUE); // Q1.31 in [1/2, 1)
  let x = 1515870810 + mul(d, -1010580540); // 48/17 − 32/17 · d, off by at most 1/17
  for (let k = 0; k < 3; ++k) {
    const error = (1 << 29) - mul(d, x); // 1 − d·x, |error| ≤ 2^29 / 17
    x += saturatingLeftShift(mul(x, error), 2); // Q3.29 · Q3.29 is Q5.27
  }
  return x; // at most 2^30 and a few roundings
}

function mul(a: i32, b: i32): i32 {
  return saturatingRoundingDoublingHighMul(a, b);
}
