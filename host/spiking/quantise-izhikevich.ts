/** Coefficients of Izhikevich's equations as assembly/neurons/izhikevich.ts takes them. */

import type { Values } from "../model/spiking-graph.ts";
import type { Population } from "./discrete-network.ts";
import type { FixedIzhikevich } from "./fixed-network.ts";
import { mapValues, zipValues } from "./matrix.ts";
import { toIntegers } from "./quantise-numbers.ts";

/** Fraction bits of v and u in mV: ±256 mV, or up to ±2048 mV where the sums of one step need room. */
export const IZHIKEVICH_BITS = { most: 21, least: 18 } as const;

export function fixedIzhikevich(
  { a, b, c, d, dtMs }: NonNullable<Population["izhikevich"]>,
  vInitial: Values,
  fractionBits: number,
): FixedIzhikevich {
  const coarse = dtMs >= 0.5;
  return {
    a: toIntegers(
      mapValues(a, (x) => x * dtMs),
      30,
    ),
    b: toIntegers(b, 24),
    c: toIntegers(c, fractionBits),
    d: toIntegers(d, fractionBits),
    step: Math.round((coarse ? dtMs / 2 : dtMs) * 2 ** 26),
    coarse,
    initial: toIntegers(
      zipValues(b, vInitial, (x, v) => x * v),
      fractionBits,
    ),
  };
}
