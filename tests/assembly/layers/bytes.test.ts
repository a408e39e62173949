/** copy, fill, place and lookup move bytes eight at a time: every length and alignment, and not one byte more. */
import { expect, test } from "vitest";
import { kernel } from "../../support/kernel.ts";

const copies = await kernel("assembly/layers/copy.ts", {}, "copy");
const places = await kernel("assembly/layers/place.ts", {}, "fill", "place");
const lookups = await kernel("assembly/layers/lookup.ts", {}, "lookup");

const LENGTHS = Array.from({ length: 40 }, (_, n) => n);
const ALIGNMENTS = [0, 1, 3, 7];
const [SOURCE, TARGET, TABLE] = [512, 1024, 2048];
const GUARD = 0x55;

/** Runs `body` on a memory of guards with numbered bytes at SOURCE; returns the memory and what it was. */
function around(memory: WebAssembly.Memory, body: () => void) {
  const bytes = new Uint8Array(memory.buffer).fill(GUARD);
  for (let n = 0; n < 256; n++) bytes[SOURCE + n] = n;
  const before = bytes.slice();
  body();
  return { bytes, before };
}

test("copy", () => {
  for (const n of LENGTHS) {
    for (const a of ALIGNMENTS) {
      const to = TARGET + ((a * 5) % 8);
      const { bytes, before } = around(copies.memory, () => copies.copy(SOURCE + a, to, n));
      before.copyWithin(to, SOURCE + a, SOURCE + a + n);
      expect(Buffer.compare(bytes, before)).toBe(0);
    }
  }
});

test("fill, with every byte", () => {
  for (const n of LENGTHS) {
    const value = ((n * 37) % 256) - 128;
    const { bytes, before } = around(places.memory, () => places.fill(TARGET + 3, n, value));
    expect(Buffer.compare(bytes, before.fill(value & 255, TARGET + 3, TARGET + 3 + n))).toBe(0);
  }
  for (let value = -128; value < 128; value++) {
    const { bytes } = around(places.memory, () => places.fill(TARGET, 9, value));
    expect([...bytes.subarray(TARGET, TARGET + 9)]).toEqual(Array(9).fill(value & 255));
  }
});

test("place: one run of every length, at an offset", () => {
  for (const n of LENGTHS.slice(1)) {
    const { bytes, before } = around(places.memory, () =>
      places.place(SOURCE + 1, TARGET, 5, 0, 1, n),
    );
    before.copyWithin(TARGET + 5, SOURCE + 1, SOURCE + 1 + n);
    expect(Buffer.compare(bytes, before)).toBe(0);
  }
});

test("lookup: every byte through the table, in place too", () => {
  for (const to of [TARGET, SOURCE]) {
    const { bytes } = around(lookups.memory, () => {
      const memory = new Uint8Array(lookups.memory.buffer);
      for (let n = 0; n < 256; n++) memory[TABLE + n] = (n * 167 + 13) % 256;
      lookups.lookup(SOURCE, to, TABLE, 256);
    });
    const expected = Array.from({ length: 256 }, (_, n) => (n * 167 + 13) % 256);
    expect([...bytes.subarray(to, to + 256)]).toEqual(expected);
    expect([bytes[to - 1], bytes[to + 256]]).toEqual([GUARD, GUARD]);
  }
});
