import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { Hdf5File } from "../../../../../host/importers/nir/hdf5/file.ts";
import { unfiltered, unshuffled } from "../../../../../host/importers/nir/hdf5/filters.ts";

/** The definition: all first bytes, all second bytes, …, then what is no whole element. */
function shuffle(data: Uint8Array, size: number): Uint8Array {
  const whole = data.subarray(0, data.length - (data.length % size));
  const bytes = Array.from({ length: size }, (_, byte) =>
    whole.filter((__, k) => k % size === byte),
  );
  return Uint8Array.from([...bytes.flatMap((b) => [...b]), ...data.subarray(whole.length)]);
}

const data = Uint8Array.from({ length: 203 }, (_, k) => (k * 41) & 255);

test("shuffle is undone for every size of element", () => {
  for (const size of [1, 2, 3, 4, 8, 16, 203, 1000]) {
    expect(unshuffled(shuffle(data, size), size), `${size}`).toEqual(data);
  }
});

const file = new Hdf5File(new Uint8Array(16));
const GZIP = { id: 1, values: [6] };
const SHUFFLE = { id: 2, values: [4] };

test("filters are undone from the last to the first, and those of the mask never were done", () => {
  const undone = (mask: number, stored: Uint8Array) =>
    new Uint8Array(unfiltered(file, [SHUFFLE, GZIP], mask, 0, stored, data.length));
  expect(undone(0, deflateSync(shuffle(data, 4)))).toEqual(data);
  expect(undone(1, deflateSync(data))).toEqual(data);
  expect(undone(2, shuffle(data, 4))).toEqual(data);
  expect(undone(3, data)).toEqual(data);
});

test("a chunk of any other size than its shape's is refused", () => {
  for (const bytes of [202, 204]) {
    expect(() => unfiltered(file, [GZIP], 0, 7, deflateSync(data), bytes)).toThrow("offset 7");
    expect(() => unfiltered(file, [], 0, 7, data, bytes)).toThrow(`${bytes} bytes`);
  }
});
