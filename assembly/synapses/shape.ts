/**
 * The compile-time constants of the SIMD kernels. This file is what editors and type checks see; the compiler serves
 * another one for every distinct shape (host/compiler/emit.ts).
 */

/** Neurons that a projection reaches. */
export const TARGETS: i32 = 8;
/** Of its weights. */
export const EXPONENT: i32 = 0;
