/** Doubles and float32 as exact fractions: an oracle for multipliers that rounds only where it is told to. */

/** num / den > 0 */
export type Rational = { readonly num: bigint; readonly den: bigint };

/** The exact value of a positive, normal double. */
export function exactly(x: number): Rational {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn) - 1075;
  const mantissa = (bits & (2n ** 52n - 1n)) | (2n ** 52n);
  return exponent < 0
    ? { num: mantissa, den: 2n ** BigInt(-exponent) }
    : { num: mantissa * 2n ** BigInt(exponent), den: 1n };
}

export const times = (a: Rational, b: Rational): Rational => ({
  num: a.num * b.num,
  den: a.den * b.den,
});

export const over = (a: Rational, b: Rational): Rational => ({
  num: a.num * b.den,
  den: a.den * b.num,
});

/** x · 2^n */
export const scaled = ({ num, den }: Rational, n: number): Rational =>
  n < 0 ? { num, den: den * 2n ** BigInt(-n) } : { num: num * 2n ** BigInt(n), den };

/** e with 2^(e−1) ≤ x < 2^e: that of frexp. */
export function exponentOf(x: Rational): number {
  let e = x.num.toString(2).length - x.den.toString(2).length;
  while (!isBelowOne(scaled(x, -e))) e++;
  while (isBelowOne(scaled(x, -(e - 1)))) e--;
  return e;
}

const isBelowOne = ({ num, den }: Rational): boolean => num < den;

/** To the nearest whole number, ties up: what C's round does to positive numbers. */
export const rounded = ({ num, den }: Rational): bigint => (2n * num + den) / (2n * den);

/** To the nearest number of so many bits, ties to even: the result of an IEEE operation, exponents unbounded. */
function toBits(x: Rational, bits: number): Rational {
  const shift = bits - exponentOf(x);
  const { num, den } = scaled(x, shift);
  const floor = num / den;
  const twice = 2n * (num - floor * den);
  const up = twice > den || (twice === den && floor % 2n === 1n);
  return scaled({ num: floor + (up ? 1n : 0n), den: 1n }, -shift);
}

export const toFloat64 = (x: Rational): Rational => toBits(x, 53);
export const toFloat32 = (x: Rational): Rational => toBits(x, 24);
