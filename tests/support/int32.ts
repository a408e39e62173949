/** Numbers that kernels of int32 must survive, and gemmlowp's primitives by their definitions in BigInt. */
import { mulberry32 } from "../../host/model/random.ts";

export const INT32_MAX = 2 ** 31 - 1;
export const INT32_MIN = -(2 ** 31);

/** 0, ±2^n, ±2^n ± 1 as far as they fit. */
export const INT32_CORNERS: readonly number[] = corners();

function corners(): number[] {
  const found = new Set<number>([0]);
  for (let n = 0; n <= 31; n++) {
    for (const near of [-1, 0, 1]) {
      for (const sign of [1, -1]) found.add(sign * (2 ** n + near) + 0);
    }
  }
  return [...found].filter((x) => x >= INT32_MIN && x <= INT32_MAX);
}

/** `count` seeded numbers of every magnitude. */
export function randomInt32s(seed: number, count: number): readonly number[] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, () => ((random() * 2 ** 32) | 0) >> (random() * 31));
}

export const saturated = (x: bigint): number =>
  x > 0n
    ? Number(x < 2n ** 31n ? x : 2n ** 31n - 1n)
    : Number(x >= -(2n ** 31n) ? x : -(2n ** 31n));

/** floor((a · b + 2^(n−1)) / 2^n); BigInt's >> is a floor. */
export const roundedShift = (product: bigint, n: number): bigint =>
  (product + (1n << BigInt(n - 1))) >> BigInt(n);

/** SaturatingRoundingDoublingHighMul */
export const exactDoublingHighMul = (a: number, b: number): number =>
  saturated(roundedShift(BigInt(a) * BigInt(b), 31));

/** RoundingDivideByPOT in gemmlowp's words: a remainder above the threshold adds one. */
export function exactDivideByPot(x: number, n: number): number {
  const mask = (1n << BigInt(n)) - 1n;
  const remainder = BigInt.asUintN(64, BigInt(x)) & mask;
  const threshold = (mask >> 1n) + (x < 0 ? 1n : 0n);
  return Number((BigInt(x) >> BigInt(n)) + (remainder > threshold ? 1n : 0n));
}

/**
 * Not expect(), a call of which takes 10 µs: sweeps compare millions.
 *
 * @param describe says which arguments it was
 */
export function same(got: number, wanted: number, describe: () => string): void {
  if (got !== wanted) throw new Error(`${describe()}: got ${got}, expected ${wanted}`);
}
