import {
  roundingDivideByPot,
  saturatingLeftShift,
  saturatingRoundingDoublingHighMul,
} from "./saturating";

/**
 * e^a for a ≤ 0. gemmlowp: exp_on_negative_values.
 *
 * a = r − m/4 with r in [−1/4, 0) and a whole m: a Taylor polynomial gives e^r, and every bit of m multiplies the result
 * by one constant e^(−2^k).
 *
 * @param a           Q(1 + integerBits).(31 − integerBits), a ≤ 0
 * @param integerBits 0 to 5
 * @returns Q1.31; e^0 is 2^31 − 1
 */
export function expOnNegativeValues(a: i32, integerBits: i32): i32 {
  if (a === 0) return i32.MAX_VALUE;
  const fractionBits = 31 - integerBits;
  const quarter = 1 << (fractionBits - 2);
  const r = (a & (quarter - 1)) - quarter;
  const quarters = r - a; // m · quarter, at most 2^31 − quarter
  let result = expOfLastQuarter(saturatingLeftShift(r, integerBits));
  for (let k = -2; k < integerBits; ++k) {
    if (quarters & (1 << (fractionBits + k))) result = mul(result, expOfMinusPowerOfTwo(k));
  }
  return result;
}

/** e^(−2^k), k = −2 … 4, in Q1.31. Compares instead of a table: kernels bring no static data. */
function expOfMinusPowerOfTwo(k: i32): i32 {
  if (k < 0) return k === -2 ? 1672461947 : 1302514674;
  if (k < 2) return k === 0 ? 790015084 : 290630308;
  if (k === 2) return 39332535;
  return k === 3 ? 720401 : 242;
}

/** e^a for a in [−1/4, 0): Taylor's polynomial of degree 4 around −1/8. Argument and result in Q1.31. */
function expOfLastQuarter(a: i32): i32 {
  const x = a + (1 << 28); // a + 1/8: |x| ≤ 2^28, |x^2| ≤ 2^25
  const x2 = mul(x, x);
  const x3 = mul(x2, x);
  const x4 = mul(x2, x2);
  // x^2/2 + x^3/6 + x^4/24 as ((x^4/4 + x^3) · 1/3 + x^2) / 2
  const rest = mul(roundingDivideByPot(x4, 2) + x3, 715827883) + x2;
  const e8 = 1895147668; // e^(−1/8)
  return e8 + mul(e8, x + roundingDivideByPot(rest, 1)); // e^a < 1
}

function mul(a: i32, b: i32): i32 {
  return saturatingRoundingDoublingHighMul(a, b);
}
