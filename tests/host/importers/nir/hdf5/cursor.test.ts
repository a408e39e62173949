import { expect, test } from "vitest";
import { type Cursor, cursorAt } from "../../../../../host/importers/nir/hdf5/cursor.ts";
import { Hdf5File } from "../../../../../host/importers/nir/hdf5/file.ts";

const over = (...bytes: number[]): Cursor => cursorAt(new Hdf5File(Uint8Array.from(bytes)), 0);

test("integers are little-endian, of one to eight bytes", () => {
  expect(over(1, 2, 3).unsigned(3)).toBe(0x030201);
  expect(over(1, 0, 0, 0, 0, 0, 0, 1).u64()).toBe(2 ** 56); // rounded above 2^53
  expect(over(255, 255, 255, 255, 255, 255, 31, 0).u64()).toBe(2 ** 53 - 1);
  expect(over(255, 255, 255, 255, 255, 255, 255, 127).length()).toBe(2 ** 63);
});

test("the undefined address is all ones, of whatever size", () => {
  expect(over(255, 255, 255, 255, 255, 255, 255, 255).offset()).toBeNull();
  expect(over(254, 255, 255, 255, 255, 255, 255, 255).offset()).toBe(2 ** 64);
  const small = over(255, 255, 255, 255, 5, 0, 0, 0);
  small.file.sizeOfOffsets = 4;
  expect([small.offset(), small.offset()]).toEqual([null, 5]);
});

test("nothing is read beyond the range, nor a range beyond the file", () => {
  const file = new Hdf5File(new Uint8Array(16));
  file.path = "/a/b";
  const c = cursorAt(file, 4, 6);
  c.skip(4);
  expect(() => c.u32()).toThrow(
    "MODEL_FORMAT: /a/b, offset 8: got 4 bytes in a structure that ends after 2, expected whole fields.",
  );
  expect(c.u16()).toBe(0);
  for (const [at, n] of [
    [0, 17],
    [17, 0],
    [-1, 1],
    [2 ** 63, 8],
    [8, -1],
    [Number.NaN, 1],
  ] as const) {
    expect(() => cursorAt(file, at, n), `${at}, ${n}`).toThrow("of a file of 16");
  }
});

test("reading the same structure again and again comes to an end", () => {
  const file = new Hdf5File(new Uint8Array(1000));
  const read = () => {
    for (let k = 0; k < 20; k++) cursorAt(file, 0).skip(1000);
  };
  expect(read).toThrow("structures that overlap or repeat");
});
