/**
 * The output stage of the MVP build, as the compiler writes it and the kernel reads it, against TFLite's definition in
 * BigInt: every form, at the corners of the number format and next to every kind of tie.
 */
import { expect, test } from "vitest";
import type { Channel, OutputRange } from "../../../host/compiler/channels.ts";
import {
  type ChannelForm,
  outputStage,
  stageChannel,
} from "../../../host/compiler/requantize-mvp.ts";
import type { Rounding } from "../../../host/model/multiplier.ts";
import { kernel } from "../../support/kernel.ts";

const { memory, requantizeLanes } = await kernel(
  "assembly/fixed/output-stage.ts",
  {},
  "requantizeLanes",
);

const [MIN, MAX] = [-(2 ** 31), 2 ** 31 - 1];
const MULTIPLIERS = [2 ** 30, 2 ** 30 + 1, 1_518_500_250, MAX];
const EXPONENTS = Array.from({ length: 62 }, (_, k) => k - 31);
const BIASES = [0, 77, 2 ** 30 + 128, -(2 ** 30) - 128];
const RANGES: readonly OutputRange[] = [
  { zeroPoint: -128, low: -128, high: 127 },
  { zeroPoint: 127, low: -128, high: 127 },
  { zeroPoint: 3, low: -128, high: 127 },
  { zeroPoint: -1, low: -1, high: 59 },
  { zeroPoint: 0, low: -16, high: 16 },
];
/** Pixels per i64, bits of a field. */
const LANES = [
  [3, 21],
  [2, 32],
  [1, 63],
] as const;

/** TFLite: MultiplyByQuantizedMultiplier, by its definition; what would saturate int32 stays larger, and is clamped. */
function scaled(acc: number, q: number, exponent: number, rounding: Rounding): bigint {
  const half = (n: number): bigint => 1n << BigInt(n - 1);
  if (rounding === "single") {
    const n = 31 - exponent;
    return (BigInt(acc) * BigInt(q) + half(n)) >> BigInt(n);
  }
  const left = BigInt(acc) << BigInt(Math.max(exponent, 0));
  const high = (left * BigInt(q) + half(31)) >> 31n;
  const mask = (1n << BigInt(Math.max(-exponent, 0))) - 1n;
  const threshold = (mask >> 1n) + (high < 0n ? 1n : 0n);
  return (high >> BigInt(Math.max(-exponent, 0))) + ((high & mask) > threshold ? 1n : 0n);
}

function expected(acc: number, channel: Channel, range: OutputRange, rounding: Rounding): number {
  const value = scaled(acc, channel.q, channel.exponent, rounding) + BigInt(range.zeroPoint);
  return Math.min(Math.max(Number(value), range.low), range.high);
}

/** Accumulators inside [low, high]: its ends, zero, and the neighbours of ties. */
function accumulators(low: number, high: number, q: number, exponent: number): number[] {
  const unit = 2 ** (31 - exponent) / q;
  const ties = [-0.5, 0.5, 1.5, -2.5, 100.5, -100.5].map((tie) => Math.floor(tie * unit));
  return [low, low + 1, high - 1, high, -1, 0, 1, ...ties.flatMap((t) => [t - 1, t, t + 1])].filter(
    (acc) => acc >= low && acc <= high,
  );
}

const [STAGE, SUMS, OUT] = [64, 8192, 16384];

/** The kernel's outputs for these accumulators, as many at a time as share a word. */
function outputs(
  accs: readonly number[],
  channel: Channel,
  range: OutputRange,
  rounding: Rounding,
  [pixels, bits]: readonly [number, number],
): readonly number[] {
  const words = Math.ceil(accs.length / pixels);
  const offset = 1n << BigInt(bits - 1);
  const block = outputStage(Array(words).fill(channel), range, rounding);
  new Uint8Array(memory.buffer).set(block.bytes, STAGE);
  const view = new DataView(memory.buffer);
  for (let w = 0; w < words; w++) {
    let word = 0n;
    for (let p = 0; p < pixels; p++) {
      const acc = accs[w * pixels + p] ?? channel.accLow;
      word += (BigInt(acc - channel.bias) + offset) << BigInt(p * bits);
    }
    view.setBigUint64(SUMS + 8 * w, BigInt.asUintN(64, word), true);
  }
  const at = [0, 1, 2].map((p) => OUT + (p < pixels ? p : 0) * words) as [number, number, number];
  requantizeLanes(SUMS, words, STAGE, STAGE + 16, ...at, bits);
  return accs.map((_, k) => view.getInt8(OUT + (k % pixels) * words + Math.floor(k / pixels)));
}

const seen = new Set<string>();

function check(rounding: Rounding, lanes: readonly [number, number]): void {
  const reach = lanes[1] === 21 ? 2 ** 20 : 2 ** 31;
  for (const q of MULTIPLIERS) {
    for (const exponent of EXPONENTS) {
      for (const bias of BIASES) {
        const accLow = Math.max(MIN, bias - reach);
        const accHigh = Math.min(MAX, bias + reach - 1);
        const accs = accumulators(accLow, accHigh, q, exponent);
        for (const range of RANGES) {
          const open: Channel = { q, exponent, bias, accLow, accHigh, constant: null };
          const [first, last] = [accLow, accHigh].map((a) => expected(a, open, range, rounding));
          const channel = first === last ? { ...open, constant: first ?? 0 } : open;
          const { form } = stageChannel(channel, range, rounding);
          seen.add(`${form}, ${channel.constant === null ? "" : "constant, "}${lanes[1]}`);
          const wanted = accs.map((acc) => expected(acc, channel, range, rounding));
          const got = outputs(accs, channel, range, rounding, lanes);
          const k = wanted.findIndex((value, n) => value !== got[n]);
          if (k >= 0) {
            expect({ got: got[k], form, acc: accs[k], q, exponent, bias, range }).toBe(wanted[k]);
          }
        }
      }
    }
  }
}

for (const lanes of LANES) {
  for (const rounding of ["double", "single"] as const) {
    test(`${lanes[0]} per i64, ${rounding} rounding`, () => check(rounding, lanes));
  }
}

test("the sweep met every form in every lane", () => {
  const forms: readonly ChannelForm[] = ["plain", "bracket", "anyDouble"];
  for (const [, bits] of LANES) {
    for (const form of forms) expect(seen).toContain(`${form}, ${bits}`);
    expect(seen).toContain(`plain, constant, ${bits}`);
  }
  // of single rounding only the full range of int32 does not fold
  expect(seen).toContain("anySingle, 32");
});
