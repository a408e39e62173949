/**
 * The SIMD build's output stage as numbers: what the blocks say, computed in BigInt, is TFLite's arithmetic for the ends
 * of every channel's range, around every tie met and in between; and nothing on the way leaves the kernel's lanes.
 */
import { expect, test } from "vitest";
import type { Channel, OutputRange } from "../../../host/compiler/channels.ts";
import { BLOCK, type VectorStage, vectorStage } from "../../../host/compiler/requantize-simd.ts";
import type { Rounding } from "../../../host/model/multiplier.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { clamp, requantize } from "../../support/oracle/fixed-point.ts";
import { type Dice, dice } from "../../support/random-draft.ts";

/** One channel of a block, as assembly/layers/requantize.simd.ts reads it. */
type Lane = {
  readonly q: bigint;
  readonly constant: bigint;
  readonly scale: bigint;
  readonly bracket: bigint;
};

function laneOf({ bytes, shape, scales }: VectorStage, n: number): Lane {
  const view = new DataView(bytes.buffer, Math.floor(n / BLOCK) * shape.BLOCK_BYTES);
  const lane = n % BLOCK;
  const brackets = shape.SCALED ? 128 : 96;
  return {
    q: BigInt(view.getInt32(4 * lane, true)),
    constant: view.getBigInt64(32 + 8 * lane, true),
    scale: BigInt(shape.SCALED ? view.getInt32(96 + 4 * lane, true) : 2 ** (scales[n] ?? 0)),
    bracket: shape.BRACKET ? view.getBigInt64(brackets + 8 * lane, true) : 0n,
  };
}

const fits = (x: bigint, bits: number): boolean => BigInt.asIntN(bits, x) === x;

/** The kernel's formula; throws where a lane would wrap. */
function output({ shape }: VectorStage, lane: Lane, sum: number): number {
  const scaled = BigInt(sum) * lane.scale;
  if (!fits(scaled, 32)) throw new Error(`${sum} · ${lane.scale} leaves int32`);
  let t = scaled * lane.q + lane.constant;
  if (!fits(t, 64)) throw new Error(`${sum}: the product leaves int64`);
  if (shape.BRACKET) {
    const half = BigInt(2 * shape.OUT_ZERO_POINT + 1) << BigInt(31 + shape.SHIFT);
    if (!fits(half, 64)) throw new Error("half a unit leaves int64");
    if (t < half) t -= lane.bracket;
    if (!fits(t, 64)) throw new Error(`${sum}: the bracket leaves int64`);
  }
  return clamp(Number(t >> BigInt(32 + shape.SHIFT)), shape.LOW, shape.HIGH);
}

/** TFLite's output. Where its arithmetic is undefined because a result leaves int32, the output saturates. */
function expected(acc: number, channel: Channel, range: OutputRange, rounding: Rounding): number {
  let scaled: number;
  try {
    scaled = requantize(acc, channel, rounding);
  } catch {
    scaled = Math.sign(acc) * 2 ** 31;
  }
  return clamp(scaled + range.zeroPoint, range.low, range.high);
}

/** Exponents of a layer: all alike, near one another, or anything. */
function anyExponents({ int, pick }: Dice): () => number {
  const middle = int(-31, 30);
  const near = () => Math.min(30, Math.max(-31, middle + int(-3, 3)));
  return pick([() => middle, near, near, () => int(-31, 30), () => int(-14, -4)]);
}

function anyChannel({ int, pick, chance }: Dice, exponent: number, range: OutputRange): Channel {
  const q = pick([2 ** 30, 2 ** 31 - 1, 3 * 2 ** 29, int(2 ** 30, 2 ** 31 - 1)]);
  const most = 2 ** pick([3, 8, 12, 16, 20, 24, 30]);
  const bias = pick([0, int(-most, most), 2 ** 30 + int(-999, 999), -(2 ** 30) + int(-999, 999)]);
  return {
    ...{ q, exponent, bias },
    accLow: Math.max(-(2 ** 31), bias - int(0, most)),
    accHigh: Math.min(2 ** 31 - 1, bias + int(0, most)),
    constant: chance(0.1) ? int(range.low, range.high) : null,
  };
}

function anyRange({ int, pick }: Dice): OutputRange {
  const zeroPoint = pick([-128, 127, 0, int(-128, 127)]);
  return {
    zeroPoint,
    ...pick([
      { low: -128, high: 127 },
      { low: zeroPoint, high: 127 },
      { low: zeroPoint, high: Math.min(127, zeroPoint + 60) },
      { low: Math.max(-128, zeroPoint - 17), high: Math.min(127, zeroPoint + 17) },
    ]),
  };
}

/** The ends, what lies around ties, and a few in between. */
function accumulators({ int }: Dice, { q, exponent, accLow, accHigh }: Channel): number[] {
  const tie = (k: number) => Math.floor((k + 0.5) / (q * 2 ** (exponent - 31)));
  const ties = [0, 1, 2, -1, -2, int(-256, 256), int(-256, 256), int(-256, 256)].map(tie);
  return [
    ...[accLow, accLow + 1, accHigh - 1, accHigh],
    ...[...ties, 0, int(accLow, accHigh)].flatMap((acc) => [-1, 0, 1, 2].map((k) => acc + k)),
    ...Array.from({ length: 8 }, () => int(accLow, accHigh)),
  ].filter((acc) => acc >= accLow && acc <= accHigh);
}

const LAYERS = 1500;

for (const rounding of ["double", "single"] as const) {
  test(`${LAYERS} random layers, ${rounding} rounding`, () => {
    const met = { constant: 0, live: 0, scalar: 0, bracketed: 0, scaled: 0, folded: 0, early: 0 };
    for (let seed = 0; seed < LAYERS; seed++) {
      const d = dice(mulberry32(seed));
      const range = anyRange(d);
      const exponent = anyExponents(d);
      const channels = Array.from({ length: d.int(1, 19) }, () => anyChannel(d, exponent(), range));
      const weights = d.chance(0.5) ? channels.map(() => d.int(0, 128)) : null;
      const stage = vectorStage(channels, range, rounding, weights, d.pick([8, 16]));
      channels.forEach((channel, n) => {
        const where = `seed ${seed}, channel ${n}`;
        const lane = laneOf(stage, n);
        if (stage.live[n] !== true) {
          const scalar = stage.scalar.includes(n);
          expect(scalar, where).toBe(channel.constant === null);
          // no weights: the sum is 0
          if (!scalar) expect(output(stage, lane, 0), where).toBe(channel.constant);
          met[scalar ? "scalar" : "constant"]++;
          return;
        }
        met.live++;
        if (lane.scale > 1 && !stage.shape.SCALED) {
          expect((weights?.[n] ?? 2 ** 15) * Number(lane.scale), where).toBeLessThan(2 ** 15);
          met.folded++;
        }
        for (const acc of accumulators(d, channel)) {
          const got = output(stage, lane, acc - channel.bias);
          const wanted = expected(acc, channel, range, rounding);
          if (got !== wanted)
            expect(`${where}, ${acc}: ${got}`).toBe(`${where}, ${acc}: ${wanted}`);
        }
      });
      met.bracketed += stage.shape.BRACKET;
      met.scaled += stage.shape.SCALED;
      met.early += stage.shape.SHIFT > 8 ? 1 : 0;
    }
    const { bracketed, ...others } = met;
    expect(Math.min(...Object.values(others)), JSON.stringify(met)).toBeGreaterThan(50);
    if (rounding === "double") expect(bracketed).toBeGreaterThan(50);
    else expect(bracketed).toBe(0);
  });
}

const one = (given: Partial<Channel>): Channel => ({
  ...{ q: 2 ** 30, exponent: -8, bias: 0, accLow: -(2 ** 20), accHigh: 2 ** 20, constant: null },
  ...given,
});
const FULL: OutputRange = { zeroPoint: 0, low: -128, high: 127 };

test("a channel by itself is served by its own shift, whatever the range of its sums", () => {
  for (let exponent = -24; exponent <= -1; exponent++) {
    const channel = one({ exponent, accLow: -(2 ** 31), accHigh: 2 ** 31 - 1 });
    const { shape, scalar } = vectorStage([channel], FULL, "double", null);
    expect({ exponent, ...shape, scalar }).toMatchObject({
      SHIFT: -1 - exponent,
      SCALED: 0,
      scalar: [],
    });
  }
});

test("the shift that serves most channels; the others are left to the scalar kernel", () => {
  const wide = one({ exponent: -12, accLow: -(2 ** 30), accHigh: 2 ** 30 });
  const large = one({ exponent: -3, accLow: -(2 ** 28), accHigh: 2 ** 28 });
  const { shape, scalar, live } = vectorStage([wide, large, wide], FULL, "single", null);
  expect(shape.SHIFT).toBe(11);
  expect({ scalar, live }).toEqual({ scalar: [1], live: [true, false, true] });
});

test("sums that just fit int32 when scaled, and sums that just do not", () => {
  // the shift is 40 for both: 2^1 for the second channel
  const first = one({ exponent: -9, accLow: -(2 ** 30), accHigh: 2 ** 30 });
  const inside = one({ exponent: -8, accLow: -(2 ** 30), accHigh: 2 ** 30 - 1 });
  for (const [channel, scalar] of [
    [inside, []],
    [{ ...inside, accHigh: 2 ** 30 }, [1]],
    [{ ...inside, accLow: -(2 ** 30) - 1 }, [1]],
  ] as const) {
    expect(vectorStage([first, channel], FULL, "double", null).scalar).toEqual(scalar);
  }
});
