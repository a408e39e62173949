/** --plot: potentials in whatever numbers the module keeps them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import type { MemoryEntry } from "../../../host/module/manifest.ts";
import { openPlot } from "../../../host/run/plot.ts";
import { localTarget, type Session } from "../../../host/runtime/index.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { layer, lif } from "../../support/one-layer.ts";

const { path } = folderOfFiles();
const FACTS = { title: "plot", dtSeconds: 1e-3, firstStep: 0 };

/** The courses of potentials in a picture, by the marks of their axis. */
function courses(picture: string): number[][] {
  const svg = picture.slice(picture.indexOf("potential of"));
  const marks = [...svg.matchAll(/class="e" x="88" y="([\d.]+)">(-?[\d.]+)</g)];
  const [first, second] = marks.map((found) => [Number(found[1]) - 4, Number(found[2])] as const);
  if (!first || !second) throw new Error("an axis without marks");
  const perPixel = (second[1] - first[1]) / (second[0] - first[0]);
  return [...svg.matchAll(/class="l"[^>]* d="M([^"]+)"/g)].map((found) =>
    (found[1] ?? "")
      .split("L")
      .map((point) => first[1] + (Number(point.split(" ")[1]) - first[0]) * perPixel),
  );
}

/** Pixels have one decimal. */
const near = (values: readonly number[], by: number) =>
  values.map((value) => expect.closeTo(value, -Math.log10(2 * by)));

/** Steps in which neuron k of five has the potential 2 · step − 3 · k, a quarter of it per unit. */
async function pictureOf(entry: Pick<MemoryEntry, "dtype" | "zeroPoint">, name: string) {
  const { dtype = "i32", zeroPoint = 0 } = entry;
  const arrays = { u8: Uint8Array, i16: Int16Array, u16: Uint16Array, i32: Int32Array };
  const units = new arrays[dtype](5);
  const bytes = new Uint8Array(units.buffer);
  const v: MemoryEntry = {
    ...{ name: "cells.v", kind: "state", ptr: 64, len: bytes.length },
    ...{ ...entry, scale: 0.25, shape: [5] },
  };
  // as a board answers: a part of a longer buffer
  const read = (ptr: number, len: number) =>
    Uint8Array.from([99, 99, 99, ...bytes.subarray(ptr - 64, ptr - 64 + len)]).subarray(3);
  const plot = openPlot(null, [], [v]);
  for (let step = 0; step < 8; step++) {
    for (let k = 0; k < 5; k++) units[k] = 4 * (2 * step - 3 * k) + zeroPoint;
    plot.add({ read } as Session, new Uint8Array());
  }
  await plot.write(path(name), { ...FACTS, steps: 8 });
  return readFileSync(path(name), "utf8");
}

test("the same potentials are the same picture in every layout", async () => {
  const expected = await pictureOf({ dtype: "i32" }, "i32.svg");
  const steps = [0, 1, 2, 3, 4, 5, 6, 7];
  const shown = [0, 2, 4].map((k) =>
    near(
      steps.map((step) => 2 * step - 3 * k),
      0.05,
    ),
  );
  expect(courses(expected)).toEqual(shown);
  expect(await pictureOf({}, "none.svg")).toBe(expected);
  expect(await pictureOf({ dtype: "i32", zeroPoint: -7 }, "z32.svg")).toBe(expected);
  expect(await pictureOf({ dtype: "u16", zeroPoint: 30_000 }, "u16.svg")).toBe(expected);
  expect(await pictureOf({ dtype: "i16", zeroPoint: 5 }, "i16.svg")).toBe(expected);
  expect(await pictureOf({ dtype: "u8", zeroPoint: 100 }, "u8.svg")).toBe(expected);
});

test("of a module with potentials of 16 bits: every neuron, none beyond", async () => {
  const graph = layer({ cells: lif(3, { vThreshold: 8 }), weights: [0.5, -1 / 64] });
  const options = { ...DEFAULT_OPTIONS, weights: "i8" } as const;
  const { wasm, manifest } = await compile(graph, options);
  const v = manifest.memory.find(({ name }) => name === "cells.v");
  expect(v).toMatchObject({ dtype: "u16", len: 6 });
  const session = await localTarget().load(wasm);
  const output = new Uint8Array(session.outputBytes);
  const plot = openPlot(graph, manifest.inputs, manifest.memory);
  const potentials: number[][] = [[], [], []];
  for (let step = 0; step < 6; step++) {
    const input = Uint8Array.of(step < 3 ? 2 : 0, step < 3 ? 0 : 3);
    session.step(input, output);
    const units = new DataView(session.read(v?.ptr ?? 0, 6).slice().buffer);
    potentials.forEach((course, k) => {
      course.push((v?.scale ?? 0) * (units.getUint16(2 * k, true) - (v?.zeroPoint ?? 0)));
    });
    plot.add(session, input);
  }
  await plot.write(path("lanes.svg"), { ...FACTS, steps: 6 });
  const svg = readFileSync(path("lanes.svg"), "utf8");
  expect(svg).toContain("potential of cells");
  expect(Math.max(...potentials.flat())).toBeGreaterThan(0.5);
  expect(courses(svg)).toEqual(potentials.map((course) => near(course, 0.02)));
});
