/** Numbers for specs: the corners of int32, and a seeded sequence of all magnitudes; and comparisons of many. */

const CORNER_COUNT = 129;
const RANDOM_COUNT = 400;

/** How many numbers int32(k) knows. */
export const INT32_COUNT = CORNER_COUNT + RANDOM_COUNT;

/** Number k: 0, then ±2^n and its neighbours, then random ones of every magnitude. */
export function int32(k: i32): i32 {
  if (k === 0) return 0;
  if (k < CORNER_COUNT) {
    const power = 1 << ((k - 1) >> 2); // 2^0 … 2^31, which is −2^31
    const which = k & 3;
    return which === 0 ? power : which === 1 ? -power : which === 2 ? power - 1 : 1 - power;
  }
  return random(k) >> (random(-k) & 31);
}

/** The k-th of 2^32 well-mixed numbers. MurmurHash3's finaliser. */
export function random(k: i32): i32 {
  let h = u32(k) * 0x9e3779b1;
  h = (h ^ (h >>> 16)) * 0x85ebca6b;
  h = (h ^ (h >>> 13)) * 0xc2b2ae35;
  return i32(h ^ (h >>> 16));
}

/** Number k of n + 1 in equal steps from low to high. */
export function step(low: i32, high: i32, k: i32, n: i32): i32 {
  return i32(i64(low) + ((i64(high) - i64(low)) * i64(k)) / i64(n));
}

/** As-pect crosses to the host for every expect(), 0.2 ms: sweeps only call it when it will fail. */
export function same(got: i64, wanted: i64): void {
  if (got !== wanted) expect<i64>(got).toBe(wanted);
}

/** got ≤ most. */
export function atMost(got: i64, most: i64): void {
  if (got > most) expect<i64>(got).toBeLessThanOrEqual(most);
}
