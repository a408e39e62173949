/**
 * The compile-time constants of the SIMD kernels. This file is what editors and type checks see; the compiler serves
 * another one for every distinct shape (host/compiler/emit.ts).
 */

/** Decay factors of v, s0 and s1: the shift beyond 16, or beyond the bits that cuba-lif-short.simd.ts drops. */
export const SHIFT_V: i32 = 6;
export const SHIFT_0: i32 = 4;
export const SHIFT_1: i32 = 4;
export const DROPPED_V: i32 = 14;
export const DROPPED_0: i32 = 5;
export const DROPPED_1: i32 = 5;
/** Receptors: 1 or 2. */
export const RECEPTORS: i32 = 1;
export const CONSTANT: i32 = 0;
export const THRESHOLD: i32 = 1;

/** Of receptor.simd.ts and membrane.simd.ts: the decay as in fixed/leak.ts, limits, and what happens at a spike. */
export const MANTISSA: i32 = 1 << 30;
export const SHIFT: i32 = 31;
export const RECEPTOR_LIMIT: i32 = 1 << 28;
/** 1: the first receptor of its population, which starts the sum. */
export const FIRST: i32 = 1;
/** see membrane.ts */
export const RULE: i32 = 1;
export const RESET: i32 = 0;
/** 0: no refractory time. */
export const REFRACTORY_STEPS: i32 = 0;
