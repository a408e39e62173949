import { expect, test } from "vitest";
import { fletcher32, lookup3 } from "../../../../../host/importers/nir/hdf5/checksum.ts";

test("lookup3 gives the values that its author published", () => {
  // Bob Jenkins, lookup3.c, driver5()
  expect(lookup3(new Uint8Array())).toBe(0xdeadbeef);
  expect(lookup3(new TextEncoder().encode("Four score and seven years ago"))).toBe(0x17770551);
});

/** The definition: sums modulo 65535 of words, and of the sums so far. */
function fletcherOf(bytes: Uint8Array): readonly [bigint, bigint] {
  let [a, b] = [0n, 0n];
  for (let k = 0; k < bytes.length; k += 2) {
    a = (a + 256n * BigInt(bytes[k] ?? 0) + BigInt(bytes[k + 1] ?? 0)) % 65_535n;
    b = (b + a) % 65_535n;
  }
  return [a, b];
}

test("Fletcher's checksum follows its definition, for lengths around its blocks", () => {
  for (const length of [0, 1, 2, 3, 719, 720, 721, 1440, 65_537]) {
    for (const fill of [0, 1, 0xfe, 0xff]) {
      const bytes = Uint8Array.from({ length }, (_, k) => (fill === 0xff ? 255 : (k * 31) ^ fill));
      const sum = fletcher32(bytes);
      // 65535 and 0 are one residue
      const residues = [sum & 0xffff, sum >>> 16].map((n) => BigInt(n) % 65_535n);
      expect(residues, `${length} bytes`).toEqual(fletcherOf(bytes));
    }
  }
});
