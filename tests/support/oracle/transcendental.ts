/** gemmlowp's exp, reciprocal, logistic and tanh on Qi.f integers. Part of the oracle. */
import {
  divideByPowerOfTwo,
  doublingHighMultiply as mul,
  roundingHalfSum,
  saturatingShiftLeft,
} from "./fixed-point.ts";

const ONE = 2 ** 31 - 1;

/** Powers e^(−2^k) in Q0.31, k from −2. */
const POWERS: readonly (readonly [k: number, value: number])[] = [
  [-2, 1672461947],
  [-1, 1302514674],
  [0, 790015084],
  [1, 290630308],
  [2, 39332535],
  [3, 720401],
  [4, 242],
];

/** e^a for a ≤ 0 in Q(integerBits).(31 − integerBits); the result is Q0.31. */
export function expOfNegative(a: number, integerBits: number): number {
  if (a === 0) return ONE;
  const fractionBits = 31 - integerBits;
  const quarter = 2 ** (fractionBits - 2);
  // a in two's complement modulo a quarter, in [−1/4, 0)
  const last = (((a % quarter) + quarter) % quarter) - quarter;
  const rest = last - a;
  const x = saturatingShiftLeft(last, integerBits) + 2 ** 28;
  const x2 = mul(x, x);
  const x3 = mul(x2, x);
  const x4 = mul(x2, x2);
  const tail = divideByPowerOfTwo(mul(divideByPowerOfTwo(x4, 2) + x3, 715827883) + x2, 1);
  let result = 1895147668 + mul(1895147668, x + tail);
  for (const [k, power] of POWERS) {
    if (k < integerBits && Math.floor(rest / 2 ** (fractionBits + k)) % 2 === 1) {
      result = mul(result, power);
    }
  }
  return integerBits > 5 && a < -(2 ** (fractionBits + 5)) ? 0 : result;
}

/** Newton's method for 1 / half, half = (1 + a) / 2 in [1/2, 1), Q2.29. */
function newtonReciprocal(a: number): number {
  const half = roundingHalfSum(a, ONE);
  let x = 1515870810 + mul(half, -1010580540);
  for (let k = 0; k < 3; k++) x += saturatingShiftLeft(mul(x, 2 ** 29 - mul(half, x)), 2);
  return x;
}

/** 1 / (1 + a) for a in [0, 1), Q0.31 to Q0.31. */
export const oneOverOnePlus = (a: number): number => saturatingShiftLeft(newtonReciprocal(a), 1);

/** (1 − a) / (1 + a) for a in [0, 1), Q0.31 to Q0.31. */
const oneMinusOverOnePlus = (a: number): number =>
  saturatingShiftLeft(newtonReciprocal(a) - 2 ** 29, 2);

/** a in Q4.27, result in Q0.31. */
export function logistic(a: number): number {
  if (a === 0) return 2 ** 30;
  const positive = oneOverOnePlus(expOfNegative(-Math.abs(a), 4));
  return a > 0 ? positive : ONE - positive;
}

/** a in Q4.27, result in Q0.31. The same raw number with one more integer bit is 2a. */
export function tanh(a: number): number {
  if (a === 0) return 0;
  return Math.sign(a) * oneMinusOverOnePlus(expOfNegative(-Math.abs(a), 5));
}
