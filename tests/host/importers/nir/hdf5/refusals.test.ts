/** What the reader does not take has a name, a place and a remedy; what is damaged ends in one coded error, soon. */
import { readFileSync } from "node:fs";
import { deflateSync, inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { type Problem, TwentyWattError } from "../../../../../host/errors.ts";
import { readHdf5 } from "../../../../../host/importers/nir/hdf5/index.ts";
import { writeHdf5 } from "../../../../support/nir-trees.ts";

const FIXTURES = new URL("../../../../fixtures/hdf5/", import.meta.url);
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, FIXTURES)));

function problemOf(bytes: Uint8Array, skips = (_path: string) => false): Problem | null {
  try {
    readHdf5(bytes, skips);
    return null;
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    expect(error.problems).toHaveLength(1);
    expect(error.code).toBe("MODEL_FORMAT");
    return error.problems[0] ?? null;
  }
}

/** object of refused.h5 → where, got */
const REFUSED: Readonly<Record<string, readonly [string, string]>> = {
  scaleoffset: ["/scaleoffset", "HDF5 filter 6 (scaleoffset)"],
  virtual: ["/virtual", "a virtual dataset"],
  external: ["/external", "values in another file"],
  other_file: ["/other_file", "a link into another file"],
  nowhere: ["/nowhere", "a soft link to /not/there"],
  circular: ["/circular", "a soft link to /circular"],
  null: ["/null", "no data"],
  compound: ["/compound", "HDF5 type compound"],
  complex: ["/complex", "HDF5 type compound"], // h5py's complex numbers
  opaque: ["/opaque", "HDF5 type opaque"],
  array: ["/array", "HDF5 type array"],
  reference: ["/reference", "HDF5 type reference"],
  ragged: ["/ragged", "HDF5 type variable length"],
  type: ["/type", "neither of the two"],
  cycle: ["/cycle/inner/outer", "a group inside itself"],
  deep: [`/deep${"/er".repeat(16)}`, "17 nested groups"],
  odd_float: ["/odd_float", "HDF5 type float of 4 bytes that is not IEEE 754"],
  odd_integer: ["/odd_integer", "HDF5 type integer of 12 bits from bit 0 of 4 bytes"],
};
for (const [name, [where, got]] of Object.entries(REFUSED)) {
  test(`refused by name: ${name}`, () => {
    const others = (path: string) => path.split("/")[1] !== name;
    expect(problemOf(fixture("refused.h5"), others)).toMatchObject({ where, got });
  });
}

test("the filter's remedy says how to write the file", () => {
  const problem = problemOf(fixture("refused.h5"), (path) => path !== "/scaleoffset");
  expect(problem?.remedy).toContain("compression='gzip'");
});

test("every truncation is damage", () => {
  for (const name of ["sizes.h5", "latest.h5"]) {
    const whole = fixture(name);
    const steps = [...Array(200).keys(), ...Array.from({ length: 200 }, (_, k) => 197 * k)];
    for (const length of steps.filter((n) => n < whole.length)) {
      const problem = problemOf(whole.subarray(0, length));
      expect(problem?.remedy, `${length} bytes`).toContain("truncated");
    }
  }
});

test("a changed bit of a file with checksums is found, wherever structure is", () => {
  const whole = fixture("latest.h5");
  let found = 0;
  for (let at = 8; at < whole.length; at += 307) {
    const file = new Uint8Array(whole);
    file[at] = (file[at] ?? 0) ^ 4;
    if (problemOf(file) !== null) found++;
  }
  // the rest is data and free space
  expect(found).toBeGreaterThan(100);
});

const floats = (name: string, shape: number[], more: object = {}) => ({
  ...{ name, shape, data: new Float32Array(shape.reduce((n, d) => n * d, 1)), ...more },
});

test("a dataset that grows from almost nothing is refused before it is inflated", async () => {
  // 32 MiB of zeros in 32 kB of gzip: 64 MiB once decoded
  const shape = [2048, 4096];
  const bomb = await writeHdf5((file) => {
    file.create_dataset(floats("bomb", shape, { chunks: [256, 4096], compression: 9 }));
  });
  expect(bomb.length).toBeLessThan(100_000);
  const before = process.memoryUsage().arrayBuffers;
  expect(problemOf(bomb)).toMatchObject({
    where: "/bomb",
    got: "shape [2048,4096] of 4-byte elements",
  });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

/** Bytes that a zlib stream at the beginning becomes; 0 for other bytes. */
function inflatedBytes(bytes: Uint8Array): number {
  if (bytes[0] !== 0x78) return 0;
  try {
    return inflateSync(bytes).length;
  } catch {
    return 0;
  }
}

test("a chunk that inflates to more than its shape is stopped there", async () => {
  const shape = [64, 64];
  const file = await writeHdf5((f) => {
    const data = Float32Array.from({ length: 4096 }, (_, k) => Math.sin(k)); // long enough for a bomb in its place
    f.create_dataset({ name: "x", shape, chunks: shape, compression: 9, data });
  }, "earliest");
  const stream = file.findIndex((_, at) => inflatedBytes(file.subarray(at)) === 4 * 4096);
  const bomb = new Uint8Array(file);
  bomb.set(deflateSync(new Uint8Array(2 ** 21), { level: 9 }), stream);
  const before = process.memoryUsage().arrayBuffers;
  expect(problemOf(bomb)).toMatchObject({ expected: "16384 bytes" });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

test("shapes whose product overflows are refused", async () => {
  const file = await writeHdf5((f) => void f.create_dataset(floats("x", [3, 5])), "earliest");
  const shape = Uint8Array.from([3, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
  const buffer = Buffer.from(file.buffer);
  // the shape, and how far it may grow
  const places = [buffer.indexOf(shape), buffer.lastIndexOf(shape)];
  for (const [first, second] of [
    [2n ** 60n, 2n ** 60n],
    [2n ** 63n, 2n],
    [2n ** 32n, 2n ** 32n],
    [2n ** 40n, 1n],
  ] as const) {
    for (const place of places) {
      buffer.writeBigUInt64LE(first, place);
      buffer.writeBigUInt64LE(second, place + 8);
    }
    expect(problemOf(file)?.got).toContain(`[${Number(first)},${Number(second)}]`);
  }
});

test("a symbol table that leads back to itself is refused", async () => {
  const file = await writeHdf5((f) => void f.create_dataset(floats("x", [3])), "earliest");
  const tree = Buffer.from(file.buffer).indexOf("TREE");
  const view = new DataView(file.buffer);
  // a node of level 1 whose only child is itself
  view.setUint8(tree + 5, 1);
  view.setBigUint64(tree + 8 + 16 + 8, BigInt(tree), true);
  expect(problemOf(file)?.got).toContain("back to itself");
});

test("free space of size 0 in a global heap, on which the HDF5 library spins, ends", async () => {
  const file = await writeHdf5((f) => {
    f.create_dataset({ name: "x", data: ["a", "b"], shape: [2] });
  }, "earliest");
  const heap = Buffer.from(file.buffer).indexOf("GCOL");
  const view = new DataView(file.buffer);
  // the first object becomes free space: index 0, size 0
  view.setUint16(heap + 16, 0, true);
  view.setBigUint64(heap + 16 + 8, 0n, true);
  expect(problemOf(file)?.got).toMatch(/no heap object \d/);
});

test("an object header that continues in itself is refused", () => {
  const whole = fixture("earliest.h5");
  const view = new DataView(whole.buffer);
  // the first continuation message: type 0x10, 16 bytes
  const message = Buffer.from(whole.buffer).indexOf(Uint8Array.of(0x10, 0, 16, 0, 0, 0, 0, 0));
  const [address, length] = [
    view.getBigUint64(message + 8, true),
    view.getBigUint64(message + 16, true),
  ];
  // the block that it names becomes a continuation of itself
  const block = Number(address);
  whole.set(whole.subarray(message, message + 24), block);
  expect(Number(length)).toBeGreaterThanOrEqual(24);
  expect(problemOf(whole)?.got).toContain("continues itself");
});

test("links to links to links end", async () => {
  const file = await writeHdf5((f) => {
    for (let k = 0; k < 40; k++) f.create_soft_link(`/l${k + 1}`, `l${k}`);
    f.create_dataset({ name: "l40", data: 1, shape: [] });
  });
  expect(problemOf(file)).toMatchObject({ where: "/l0" });
});

test("a fill value of another size is refused, one of the elements' size is read", async () => {
  const whole = fixture("earliest.h5");
  const only = (path: string) => path !== "/layouts" && path !== "/layouts/unwritten";
  expect(problemOf(whole, only)).toBeNull();
  // fill value message, version 2: late, if set, defined, 4 bytes, 2.5
  const message = [2, 2, 2, 1, 4, 0, 0, 0, 0, 0, 0x20, 0x40];
  const place = Buffer.from(whole.buffer).indexOf(Uint8Array.from(message));
  whole[place + 4] = 2;
  expect(problemOf(whole, only)?.got).toBe("a fill value of 2 bytes");
});
