/**
 * sin, cos, exp and log from +, −, ×, / alone, so that what is computed from them and committed (or hashed) has the
 * same bits on every machine and in every version of V8: the language leaves the last bits of Math.sin and its
 * relatives to the engine. Accurate to a few units in 2^−52.
 */

/** ln 2 = LN2_HIGH + LN2_LOW; k · LN2_HIGH is exact for |k| < 2^20. fdlibm: e_exp.c */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

const high = new DataView(new ArrayBuffer(8));

/** 2^k for −1022 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
  high.setUint32(0, (k + 1023) << 20);
  high.setUint32(4, 0);
  return high.getFloat64(0);
}

/** Taylor series of e^r, |r| ≤ ln 2 / 2: the first term left out is below 2^−59. */
function expNearZero(r: number): number {
  let sum = 1;
  for (let n = 14; n > 0; --n) sum = 1 + (sum * r) / n;
  return sum;
}

/** e^x; 0 below −708, where the result would be subnormal. */
export function exp(x: number): number {
  if (x < -708) return 0;
  if (x > 709) return Number.POSITIVE_INFINITY;
  const k = Math.floor(x / Math.LN2 + 0.5);
  return expNearZero(x - k * LN2_HIGH - k * LN2_LOW) * powerOfTwo(k);
}

/** Natural logarithm of a positive normal number. */
export function log(x: number): number {
  high.setFloat64(0, x);
  const word = high.getUint32(0);
  let e = (word >>> 20) - 1023;
  high.setUint32(0, (word & 0xfffff) | (1023 << 20));
  let m = high.getFloat64(0); // [1, 2)
  if (m > Math.SQRT2) {
    m /= 2;
    e += 1;
  }
  // ln m = 2·artanh(s), |s| ≤ 0.1716: the first term left out is below 2^−61
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let sum = 0;
  for (let n = 23; n > 0; n -= 2) sum = sum * s2 + 1 / n;
  return e * LN2_HIGH + (e * LN2_LOW + 2 * s * sum);
}

/** cos and sin of `turns` · 2π. Whole turns drop out exactly, so a phase may grow without losing its fraction. */
export function cosSinTurns(turns: number): readonly [cos: number, sin: number] {
  const quarters = Math.floor(turns * 4 + 0.5);
  const x = (turns - quarters / 4) * (2 * Math.PI); // |x| ≤ π/4
  const x2 = x * x;
  let sin = 1;
  let cos = 1;
  for (let n = 20; n > 0; n -= 2) {
    sin = 1 - (sin * x2) / (n * (n + 1));
    cos = 1 - (cos * x2) / (n * (n - 1));
  }
  sin *= x;
  switch (((quarters % 4) + 4) % 4) {
    case 0:
      return [cos, sin];
    case 1:
      return [-sin, cos];
    case 2:
      return [-cos, -sin];
    default:
      return [sin, -cos];
  }
}
