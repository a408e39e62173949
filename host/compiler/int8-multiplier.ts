/** Multipliers as the kernels that saturate to int8 take them. */

import type { Multiplier, Rounding } from "../model/multiplier.ts";

/**
 * From 2^10 on every multiplier saturates whatever is not 0: the largest below stands for all of them, so that kernels
 * can shift by up to 10 without a thought. (TFLite's own shift would overflow, undefined.)
 */
export function int8Multiplier({ q, exponent }: Multiplier): Multiplier {
  return exponent > 10 ? { q: 2 ** 31 - 1, exponent: 10 } : { q, exponent };
}

/** The same for kernels that saturate to int32: from 2^30 on whatever is not 0 does, but for single products of ±1. */
export function int32Multiplier({ q, exponent }: Multiplier): Multiplier {
  return exponent > 30 ? { q: 2 ** 31 - 1, exponent: 30 } : { q, exponent };
}

/** The rounding as an argument: DOUBLE_ROUNDING and SINGLE_ROUNDING of assembly/fixed/requantize.ts. */
export const roundingArg = (rounding: Rounding): number => (rounding === "single" ? 1 : 0);
