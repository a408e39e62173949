/**
 * The output stage of the SIMD kernels where it could round wrongly: in every layer each channel's accumulator passes
 * through a tie, one by one, for every exponent that a multiplier can have.
 */
import { expect, test } from "vitest";
import type { Activation } from "../../../host/model/graph.ts";
import {
  ALL_VARIANTS,
  BOTH_ROUNDINGS,
  type Case,
  compareLowered,
  STAGES,
  stageOf,
} from "../../support/lowered-check.ts";
import { layer, type WeightedLayer } from "../../support/weighted-layer.ts";

/** Significands of multipliers in [0.5, 1): ties are exact where they are few bits. */
const SIGNIFICANDS = [0.5, 0.5, 0.75, 0.5, 0.625, 0.9999, 0.5, Math.fround(2 / 3)];
/** The ties, in units of the output: below zero and above, even and odd, at the ends of int8. */
const TIES = [0.5, -0.5, 1.5, -1.5, -2.5, 123.5, -131.5, 40.5];

/** The channel's bias puts its accumulator on a tie when the input is at its zero point. */
function biasAt(tie: number, multiplier: number): number {
  const bias = Math.round(tie / multiplier);
  return Math.max(-(2 ** 30), Math.min(2 ** 30, bias));
}

type Kind = "CONV_2D" | "DEPTHWISE_CONV_2D";

/**
 * acc = bias + x − z, or bias − x + z: all inputs of ± `reach` one after the other. In the middle of a 3×3 window, or
 * alone.
 */
function sweep(
  kind: Kind,
  filter: readonly [number, number],
  multipliers: readonly number[],
  reach: number,
  activation: Activation,
): Case {
  const channels = multipliers.length;
  const depth = kind === "CONV_2D" ? 1 : channels;
  const taps = filter[0] * filter[1];
  const weights = new Int8Array(taps * channels);
  const middle = (taps - 1) / 2;
  for (let n = 0; n < channels; n++) {
    const at = kind === "CONV_2D" ? n * taps + middle : middle * channels + n;
    weights[at] = n % 3 === 2 ? -1 : 1;
  }
  const width = 2 * reach + 1;
  const given: WeightedLayer = {
    ...{ kind, filter, weights, activation, multiplier: multipliers },
    ...{ input: [1, width, depth], zeroPoint: 0, stride: [1, 1] },
    bias: multipliers.map((m, n) => biasAt(TIES[n % TIES.length] ?? 0, m)),
  };
  const input = Int8Array.from({ length: width * depth }, (_, k) => Math.floor(k / depth) - reach);
  return { graph: layer(given), inputs: [input] };
}

/** How far inputs may go from their zero point: beyond it TFLite's acc · 2^exponent leaves int32. */
const reachOf = (exponent: number): number =>
  Math.min(127, Math.max(1, 2 ** (30 - Math.max(exponent, 0)) - 2));

const multipliersOf = (exponent: number): readonly number[] =>
  SIGNIFICANDS.map((significand) => Math.fround(significand * 2 ** exponent));

const from = (low: number, high: number): readonly number[] =>
  Array.from({ length: high - low + 1 }, (_, k) => low + k);

const SOME = [-30, -29, -24, -23, -17, -9, -8, -7, -4, -1, 0, 1, 6, 14, 15, 22, 23, 30];

/** RELU needs no bracket: the simpler code, tried with some exponents only. */
const activationsOf = (exponent: number): readonly Activation[] =>
  SOME.includes(exponent) ? ["NONE", "RELU"] : ["NONE"];

for (const [kind, filter, exponents] of [
  ["CONV_2D", [1, 1], from(-31, 30)],
  ["DEPTHWISE_CONV_2D", [1, 1], SOME],
  ["DEPTHWISE_CONV_2D", [3, 3], SOME],
] as const) {
  test(`${kind} ${filter.join("×")}: all channels of one exponent, ${exponents.length} exponents`, async () => {
    const cases = exponents.flatMap((exponent) =>
      activationsOf(exponent).map((activation) =>
        sweep(kind, filter, multipliersOf(exponent), reachOf(exponent), activation),
      ),
    );
    const { lowerings, wrong } = await compareLowered(cases, BOTH_ROUNDINGS);
    expect(wrong).toEqual([]);
    const stages = new Set(lowerings.flatMap(stageOf));
    expect(stages).toEqual(new Set(STAGES));
  });
}

test("exponents mixed in one layer, zero multipliers among them: scaled, and channels that no shift serves", async () => {
  const flushed = Math.fround(2 ** -40);
  const mixed = (exponents: readonly number[]): readonly number[] =>
    exponents.flatMap((exponent, k) => [
      Math.fround((SIGNIFICANDS[k % 8] ?? 0.5) * 2 ** exponent),
      ...(k % 6 === 5 ? [flushed] : []),
    ]);
  const layers = [
    mixed(from(-31, 0)),
    mixed(from(-12, -5)),
    mixed([-9, -9, -9, -9, -8, -8, -7, -10]),
    mixed([-30, -8, 30, -9, -9, -9, -9, -9, -31]),
    mixed(from(-3, 30)),
    Array.from({ length: 9 }, () => flushed),
  ];
  const cases = layers.flatMap((multipliers) => {
    const largest = Math.max(...multipliers.map((m) => Math.ceil(Math.log2(m))));
    return (["CONV_2D", "DEPTHWISE_CONV_2D"] as const).flatMap((kind) =>
      (["NONE", "RELU"] as const).map((activation) =>
        sweep(kind, [3, 3], multipliers, reachOf(largest), activation),
      ),
    );
  });
  const { lowerings, wrong } = await compareLowered(cases, ALL_VARIANTS);
  expect(wrong).toEqual([]);
  const stages = new Set(lowerings.flatMap(stageOf));
  expect(stages).toContain("scalar channels");
  expect(stages).toContain("scaled");
});
