/**
 * Products of 16 bits for the kernel that does receptors and membrane in one pass (assembly/neurons/cuba-lif.ts):
 *
 *     κ·x ≈ (⌊x / 2^d⌋ + ½) · 2^d · κ, rounded        off by κ · 2^(d − 1) at most, less than half a unit beside
 *
 * d, the bits that are dropped, is proven: |x| < 2^(15 + d). It leaves a current that stands still, and where v rests, off
 * by 2^(d − 1) units at most; where that were too much, the kernel multiplies all bits of all of them.
 */
import { at } from "../model/at.ts";
import { type Decay, type Dropped, LIMIT } from "./fixed-network.ts";
import { type Population, rowOf } from "./kinds/index.ts";
import { decayOf, integerAt } from "./quantise-numbers.ts";
import type { Ranges } from "./quantise-ranges.ts";
import { smallest, zipValues } from "./values.ts";

/** Of the way from reset to threshold: what products of 16 bits may move v by. */
const SHARE = 2 ** -9;
/** What rounding may add to the weights onto a neuron, as in ARRIVING_LIMIT. */
const WEIGHT_ROUNDING = 0.02;
/** |product| ≤ 2^30; half a unit of its shift, which is added, stays below. */
const MOST_SHIFT = 30;
/** Bits of an operand, beside its sign. */
const OPERAND_BITS = 15;

/** @param p whose kernel takes one pass: one κ for all neurons, currents with memory */
export function droppedBits(ranges: Ranges, p: Population, index: number): Dropped | null {
  if (!("vReset" in p)) return null;
  const unit = 2 ** ranges.fractionBits(index);
  const row = rowOf(p);
  const currents = p.receptors.map((_, k) => ranges.resting(index, k));
  const reach = row.reach(
    p,
    currents.reduce((a, b) => a + b, 0),
  );
  const ownDecay = decayOf(row.leak(p), OPERAND_BITS);
  // held within ±LIMIT, whatever drifts
  const v = Math.min(bitsFor(ownDecay, reach * unit), Math.log2(LIMIT + 1) - OPERAND_BITS);
  const receptors = p.receptors.map(({ kappa }, k) =>
    bitsFor(decayOf(kappa, OPERAND_BITS), at(currents, k) * unit),
  );
  const most = SHARE * smallest(zipValues(p.vThreshold, p.vReset, way)) * unit;
  // a current that is off moves v by 1 / κ of v times that
  const moved = receptors.map((bits) => 2 ** (bits - 1) / smallest(row.leak(p)));
  const fits = [2 ** (v - 1), ...moved].every((units) => units <= most);
  const shifts = [
    ownDecay.shift - v,
    ...p.receptors.map(({ kappa }, k) => decayOf(kappa, OPERAND_BITS).shift - at(receptors, k)),
  ];
  return fits && shifts.every((shift) => shift > 0 && shift <= MOST_SHIFT)
    ? { v, receptors }
    : null;
}

const way = (threshold: number, reset: number): number => Math.abs(threshold - reset);

/**
 * Infinite where nothing is proven.
 *
 * @param most what |x| stays below in units, but for rounding: of weights, and of the leak in every step
 */
function bitsFor({ mantissa, shift }: Decay, most: number): number {
  const kappa = integerAt(mantissa, 0) * 2 ** -shift;
  for (let bits = 1; bits <= OPERAND_BITS; bits++) {
    const drifted = 0.5 / kappa + 2 ** (bits - 1);
    if ((1 + WEIGHT_ROUNDING) * most + drifted < 2 ** (OPERAND_BITS + bits)) return bits;
  }
  return Number.POSITIVE_INFINITY;
}

/** Products of one step, in units: what each is off by at most beside its half unit. */
export const droppedUnits = (
  dropped: Dropped,
  own: Decay,
  decays: readonly (Decay | null)[],
): number =>
  [own, ...decays].reduce((sum, decay, k) => {
    const bits = k === 0 ? dropped.v : at(dropped.receptors, k - 1);
    return sum + (decay ? integerAt(decay.mantissa, 0) * 2 ** (bits - 1 - decay.shift) : 0);
  }, 0);
