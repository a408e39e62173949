/** Files of h5py, whose values h5py wrote down, and files of h5wasm and nir.write(), as h5wasm reads them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Hdf5Group, readHdf5 } from "../../../../../host/importers/nir/hdf5/index.ts";
import { dataTest } from "../../../../support/data.ts";
import { publicNir, soundGraphs } from "../../../../support/nir-models.ts";
import { at, readByH5wasm, writeHdf5 } from "../../../../support/nir-trees.ts";
import { writeNir } from "../../../../support/nir-writer.ts";

const FIXTURES = new URL("../../../../fixtures/hdf5/", import.meta.url);
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, FIXTURES)));
const read = (bytes: Uint8Array): Hdf5Group => readHdf5(bytes, () => false);

/** path → shape and values; no shape and the names for groups */
type Expected = Readonly<Record<string, readonly [number[] | null, readonly (number | string)[]]>>;
const EXPECTED: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync(new URL("expected.json", FIXTURES), "utf8"),
);

for (const [name, expected] of Object.entries(EXPECTED)) {
  test(`${name} of h5py: every object, value by value`, () => {
    const tree = read(fixture(name));
    for (const [path, [shape, values]] of Object.entries(expected)) {
      const object = at(tree, path);
      if (object === undefined) throw new Error(`no ${path}`);
      if (object.kind === "group") {
        expect([null, [...object.children.keys()].sort()], path).toEqual([shape, values]);
      } else if (object.kind === "strings") {
        expect([object.shape, object.strings], path).toEqual([shape, values]);
      } else {
        // JSON has no word for infinity
        const numbers = Array.from(object.numbers, (x) => (Number.isFinite(x) ? x : String(x)));
        expect([object.shape, numbers], path).toEqual([shape, values]);
      }
    }
    expect(Object.keys(expected).length).toBeGreaterThan(name === "sizes.h5" ? 3 : 100);
  });
}

dataTest("the public NIR files, as h5wasm reads them", async () => {
  for (const bytes of publicNir()) expect(read(bytes)).toEqual(await readByH5wasm(bytes));
});

for (const style of [{}, { gzip: 6 }, { latest: true }, { latest: true, gzip: 1 }]) {
  test(`graphs of every node type, written ${JSON.stringify(style)}, as h5wasm reads them`, async () => {
    for (const graph of soundGraphs) {
      const bytes = await writeNir(graph, style);
      expect(read(bytes)).toEqual(await readByH5wasm(bytes));
    }
  });
}

/** Thousands of chunks: B-trees of several levels, arrays of several pages and secondary blocks. */
const MANY: readonly (readonly [string, number[], number[], (number | null)[]])[] = [
  ["fixed", [2500], [1], [2500]],
  ["fixed, with room", [50, 60], [1, 1], [70, 80]],
  ["one axis grows", [9000], [1], [null]],
  ["the second axis grows", [60, 50], [1, 1], [60, null]],
  ["both axes grow", [50, 60], [1, 1], [null, null]],
];
for (const libver of ["earliest", "latest"] as const) {
  for (const gzip of [false, true]) {
    test(`thousands of chunks of h5wasm, ${libver}${gzip ? ", gzip" : ""}`, async () => {
      const dataOf = (shape: number[]) =>
        Int32Array.from({ length: shape.reduce((n, d) => n * d) }, (_, k) => k * 7919 - 5e6);
      const bytes = await writeHdf5((file) => {
        for (const [name, shape, chunks, maxshape] of MANY) {
          const data = dataOf(shape);
          const options = { name, data, shape, chunks, maxshape };
          file.create_dataset(gzip ? { ...options, compression: 4 } : options);
        }
      }, libver);
      const tree = read(bytes);
      for (const [name, shape] of MANY) {
        const numbers = Float64Array.from(dataOf(shape));
        expect(at(tree, `/${name}`), name).toEqual({ kind: "numbers", shape, numbers });
      }
    });
  }
}

test("hundreds of links, in the order of their names", async () => {
  for (const libver of ["earliest", "latest"] as const) {
    const names = Array.from(
      { length: 700 },
      (_, k) => `${(k * 7919) % 1000}${"x".repeat(k % 90)}`,
    );
    const bytes = await writeHdf5((file) => {
      for (const name of names) file.create_dataset({ name, data: name.length, shape: [] });
    }, libver);
    const tree = read(bytes);
    expect([...tree.children.keys()]).toEqual(names.sort());
    expect(at(tree, `/${names[99]}`)).toMatchObject({
      numbers: Float64Array.of(names[99]?.length ?? 0),
    });
  }
});

test("what is skipped is not read", async () => {
  const bytes = await writeHdf5((file) => {
    for (const name of ["kept", "skipped"]) {
      file.create_group(name).create_dataset({ name: "x", data: 1, shape: [] });
    }
  });
  const asked: string[] = [];
  const tree = readHdf5(bytes, (path) => {
    asked.push(path);
    return path === "/skipped";
  });
  expect(asked).toEqual(["/kept", "/kept/x", "/skipped"]);
  expect([...tree.children.keys()]).toEqual(["kept"]);
});
