/** The forms of the output stage at the corners of their numbers: what a kernel would hold, in BigInt. */
import { describe, expect, test } from "vitest";
import type { Channel, OutputRange } from "../../../host/compiler/channels.ts";
import { packedWeight, stageChannel } from "../../../host/compiler/requantize-mvp.ts";
import { vectorStage } from "../../../host/compiler/requantize-simd.ts";

const FULL: OutputRange = { zeroPoint: 5, low: -128, high: 127 };
const channel = (changes: Partial<Channel>): Channel => ({
  ...{ q: 2 ** 30, exponent: 0, bias: 0, accLow: -8, accHigh: 8, constant: null, ...changes },
});

describe("the MVP build", () => {
  test("beyond an exponent of 30 every sum but 0 saturates: 30 and the largest q stand for it", () => {
    const at = (exponent: number) => {
      const { q, shift } = stageChannel(channel({ q: 2 ** 30 + 7, exponent }), FULL, "single");
      return [q, shift];
    };
    expect(at(29)).toEqual([2 ** 30 + 7, 2]);
    expect(at(30)).toEqual([2 ** 30 + 7, 1]);
    for (const exponent of [31, 32, 100]) expect(at(exponent)).toEqual([2 ** 31 - 1, 1]);
  });

  // zero point −128, shift 56: half is −255 · 2^55, and −2^25 sums of 2^30 are what is left down to −2^63
  const lowest = { zeroPoint: -128, low: -128, high: 127 } as const;
  const exponent = 31 - 56;
  const formOf = (accLow: number, range: OutputRange, rounding: "single" | "double") =>
    stageChannel(channel({ exponent, accLow, accHigh: 0 }), range, rounding).form;

  test("a constant is folded while the smallest sum fits int64", () => {
    expect(formOf(-(2 ** 25), lowest, "single")).toBe("plain");
    expect(formOf(-(2 ** 25) - 1, lowest, "single")).toBe("anySingle");
    // double rounding adds 2^30, which is one sum more; nothing is taken where nothing is bracketed
    expect(formOf(-(2 ** 25) - 1, lowest, "double")).toBe("plain");
    expect(formOf(-(2 ** 25) - 2, lowest, "double")).toBe("anyDouble");
  });

  test("double rounding with a left shift saturates before it multiplies: nothing is folded", () => {
    const form = (exponent: number, rounding: "single" | "double") =>
      stageChannel(channel({ exponent }), FULL, rounding).form;
    expect([-1, 0, 1, 2].map((exponent) => form(exponent, "double"))).toEqual([
      ...["bracket", "plain", "anyDouble", "anyDouble"],
    ]);
    for (const exponent of [-1, 0, 1, 2]) expect(form(exponent, "single")).toBe("plain");
  });

  test("2^31 less where sums below the zero point are bracketed", () => {
    // zero point −127: half is −253 · 2^55; −3 · 2^25 sums are left, one more by the 2^30, two less by the bracket
    const bracketed = { zeroPoint: -127, low: -128, high: 127 } as const;
    const last = -3 * 2 ** 25 - 1 + 2;
    expect(formOf(last, bracketed, "double")).toBe("bracket");
    expect(formOf(last - 1, bracketed, "double")).toBe("anyDouble");
  });
});

describe("the SIMD build", () => {
  const stage = (channels: readonly Channel[], largestWeight: readonly number[] | null = null) =>
    vectorStage(channels, FULL, "single", largestWeight);

  test("a shift of 32 where nothing else holds the sums: then scales are the smallest", () => {
    // exponent 0: times 2 with a shift of 32, times 4 with one of 33
    const wide = { accLow: -(2 ** 30), accHigh: 2 ** 30 - 1 };
    const found = stage([
      channel(wide),
      channel({ ...wide, exponent: 1, accLow: 0, accHigh: 2 ** 29 - 1 }),
    ]);
    expect(found).toMatchObject({ shape: { SHIFT: 0 }, scalar: [] });
  });

  test("blocks of eight channels, 96 bytes each, as many as the kernel takes in a pass", () => {
    const bytes = (channels: number, pass?: number) => {
      const all = Array.from({ length: channels }, () => channel({ exponent: -9 }));
      return vectorStage(all, FULL, "single", null, pass).bytes.length / 96;
    };
    expect([bytes(1), bytes(8), bytes(9), bytes(17)]).toEqual([1, 1, 2, 3]);
    expect([bytes(1, 16), bytes(16, 16), bytes(17, 16)]).toEqual([2, 2, 4]);
  });

  test("its own shift where all channels share one, 40 where they differ and it serves them", () => {
    const shiftOf = (...exponents: number[]) =>
      stage(exponents.map((exponent) => channel({ exponent }))).shape.SHIFT + 32;
    expect(shiftOf(-7, -7)).toBe(38);
    expect(shiftOf(-1, -1)).toBe(32);
    expect(shiftOf(-12, -12)).toBe(43);
    expect(shiftOf(-7, -8)).toBe(40);
    expect(shiftOf(-1, -2)).toBe(40);
    // beyond 40: the larger one serves both
    expect(shiftOf(-12, -10)).toBe(43);
    // a channel that never changes asks for none
    const constant = channel({ exponent: -9, constant: 3 });
    const beside = stage([channel({ exponent: -7 }), constant]);
    expect(beside.shape.SHIFT + 32).toBe(38);
    expect(beside.scales).toEqual([0, 0]);
  });

  test("a channel that is not served has nothing in its block, nor scales the others", () => {
    const unserved = channel({ exponent: -1, accLow: -(2 ** 31), accHigh: 2 ** 31 - 1, bias: 1 });
    const found = stage([channel({ exponent: -9 }), unserved, channel({ exponent: -9 })]);
    expect(found).toMatchObject({ scalar: [1], shape: { SCALED: 0 } });
    const view = new DataView(found.bytes.buffer);
    // q of lane 1, then its constant
    expect([view.getInt32(4, true), view.getBigInt64(32 + 8, true)]).toEqual([0, 0n]);
    expect([view.getInt32(0, true), view.getInt32(8, true)]).toEqual([2 ** 30, 2 ** 30]);
  });

  test("a bracket only where double rounding meets outputs below the zero point", () => {
    const bracket = (range: OutputRange, rounding: "single" | "double") =>
      vectorStage([channel({ exponent: -9 })], range, rounding, null).shape;
    expect(bracket(FULL, "double")).toMatchObject({ BRACKET: 1, OUT_ZERO_POINT: 5 });
    const none = { BRACKET: 0, OUT_ZERO_POINT: 0 };
    expect(bracket(FULL, "single")).toMatchObject(none);
    expect(bracket({ ...FULL, low: 4 }, "double")).toMatchObject({ BRACKET: 1 });
    for (const low of [5, 6]) expect(bracket({ ...FULL, low }, "double")).toMatchObject(none);
  });

  test("served to the last sum that int64 holds", () => {
    // shift 40, times 2^3 · 2^30, and 2^39 + 5 · 2^40 for rounding and zero point; below, 2^34 stay free
    const lowest = -(2 ** 30) + 2 - 2 ** 6 - 5 * 2 ** 7;
    const highest = 2 ** 30 - 2 ** 6 - 5 * 2 ** 7 - 1;
    const scalar = (accLow: number, accHigh: number, bias: number) => {
      const wide = channel({ exponent: -6, accLow, accHigh, bias });
      const found = stage([channel({ exponent: -9 }), wide]);
      expect(found.shape.SHIFT).toBe(8);
      return found.scalar;
    };
    expect(scalar(lowest, lowest + 8, lowest)).toEqual([]);
    expect(scalar(lowest - 1, lowest + 8, lowest)).toEqual([1]);
    expect(scalar(highest - 8, highest, highest)).toEqual([]);
    expect(scalar(highest - 8, highest + 1, highest)).toEqual([1]);
  });

  test("scales are folded into the weights where those of the channels that are served fit i16", () => {
    // the shift is 40: −9 is not scaled, −1 by 2^8
    const first = channel({ exponent: -9 });
    const second = channel({ exponent: -1 });
    const folded = (largest: number) => stage([first, second, first], [127, largest, 1]);
    expect(folded(127)).toMatchObject({ shape: { SCALED: 0 } });
    expect(folded(128)).toMatchObject({ shape: { SCALED: 1 } });
    // one that is not served is computed elsewhere, whatever its weights are
    const unserved = channel({ exponent: -1, accLow: -(2 ** 31), accHigh: 2 ** 31 - 1 });
    const beside = stage([first, unserved, second], [127, 128, 1]);
    expect(beside).toMatchObject({ scalar: [1], shape: { SCALED: 0 } });
  });
});

test("weights of a constant channel are packed as zeros, so that its sums fit their fields", () => {
  expect(packedWeight(channel({ constant: 0 }), -128)).toBe(0);
  expect(packedWeight(channel({ constant: 7 }), 127)).toBe(0);
  expect(packedWeight(channel({}), -128)).toBe(-128);
});
