import { expect, test } from "vitest";
import { decodeNumbers, float16 } from "../../../../../host/importers/nir/hdf5/numbers.ts";

test("float16: the corners of IEEE 754 binary16", () => {
  const corners: readonly (readonly [number, number])[] = [
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 2 ** -14 - 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65_504],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
  ];
  for (const [bits, value] of corners) expect(float16(bits), bits.toString(16)).toBe(value);
});

test("integers of both byte orders and signs", () => {
  const raw = Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 1);
  const read = (kind: "signed" | "unsigned", size: number, littleEndian: boolean) =>
    Array.from(decodeNumbers(raw, { kind, size, littleEndian }));
  expect(read("signed", 8, false)).toEqual([-(2 ** 63) + 1]); // rounded, as the type says
  expect(read("signed", 4, false)).toEqual([-(2 ** 31), 1]);
  expect(read("unsigned", 4, true)).toEqual([0x80, 2 ** 24]);
  expect(read("signed", 2, true)).toEqual([0x80, 0, 0, 256]);
  expect(read("unsigned", 1, true)).toEqual([128, 0, 0, 0, 0, 0, 0, 1]);
  expect(read("signed", 1, true)).toEqual([-128, 0, 0, 0, 0, 0, 0, 1]);
});
