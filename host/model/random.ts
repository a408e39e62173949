/** Seeded random numbers: integer arithmetic only, the same sequence on every machine. */
import { log } from "./elementary.ts";

/** Uniform in [0, 1), 32 bits. */
export type Random = () => number;

/** mulberry32 (Tommy Ettinger, public domain): 2^32 numbers from any 32-bit seed. */
export function mulberry32(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  };
}

/** The k-th seed of a family, well mixed: neighbours of seed and k give unrelated sequences. MurmurHash3's finaliser. */
export function subseed(seed: number, k: number): number {
  let h = (Math.imul(seed, 0x9e3779b1) + Math.imul(k + 1, 0x85ebca6b)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export const uniform = (random: Random, low: number, high: number): number =>
  low + (high - low) * random();

/** Standard normal, Marsaglia's polar method; the second number of each pair is dropped. */
export function gaussian(random: Random): number {
  for (;;) {
    const x = 2 * random() - 1;
    const y = 2 * random() - 1;
    const r = x * x + y * y;
    if (r > 0 && r < 1) return x * Math.sqrt((-2 * log(r)) / r);
  }
}
