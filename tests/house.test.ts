/**
 * House rules that neither the compiler nor the linter knows. A wrong index of ours must throw (host/model/at.ts): an
 * indexed access or a list taken apart with a number for what is missing computes on with one that nobody wrote.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const NUMBER = String.raw`(?:0n?|-1|NaN|Number\.NaN|-?Infinity|Number\.(?:POSITIVE|NEGATIVE)_INFINITY)`;
/** `list[k] ?? 0` */
const INDEXED = String.raw`\]\s*\?\?\s*${NUMBER}(?![\w.])`;
/** `[a = 0, b] = list` */
const TAKEN_APART = String.raw`\[[^[\];]*\b\w+ = ${NUMBER}(?=\s*[,\]])`;
const DEFAULTED = new RegExp(`${INDEXED}|${TAKEN_APART}`, "g");

/** Where the data itself may have nothing there. One row a place; the text is a part of its line. */
const ALLOWED: readonly (readonly [file: string, text: string, why: string])[] = [
  [
    "host/importers/nir/nodes.ts",
    "[out = 0, inputSize = 0] = weight.shape.slice(-2)",
    "a file's weights may have any rank: the next line refuses them",
  ],
  [
    "host/importers/nir/nodes.ts",
    "[channels = 0, height = 0, width = 0] = sourceShape?.slice(-3)",
    "a file's source may have any rank: the next line refuses it",
  ],
];

/** Rooms that have not been gone through yet. */
const OPEN: readonly string[] = ["host/spiking/"];

type Found = { readonly file: string; readonly line: number; readonly text: string };

/** Every place in a text, with the whole line on which it ends. */
function defaultsIn(file: string, source: string): Found[] {
  return Array.from(source.matchAll(DEFAULTED), ({ index, 0: { length } }) => {
    const before = source.slice(0, index + length).split("\n");
    const line = before.length;
    return { file, line, text: source.split("\n")[line - 1]?.trim() ?? "" };
  });
}

const sources = readdirSync(join(ROOT, "host"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => `host/${name.replaceAll("\\", "/")}`);
const found = sources.flatMap((file) => defaultsIn(file, readFileSync(join(ROOT, file), "utf8")));
const matches = (place: Found, [file, text]: (typeof ALLOWED)[number]): boolean =>
  place.file === file && place.text.includes(text);

test("an index of ours has no default", () => {
  const wrong = found
    .filter(({ file }) => !OPEN.some((room) => file.startsWith(room)))
    .filter((place) => !ALLOWED.some((row) => matches(place, row)));
  expect(wrong.map(({ file, line, text }) => `${file}:${line}: ${text}`)).toEqual([]);
});

test("every exception stands in one place, every open room has one", () => {
  for (const row of ALLOWED)
    expect([row, found.filter((p) => matches(p, row)).length]).toEqual([row, 1]);
  for (const room of OPEN)
    expect([room, found.some(({ file }) => file.startsWith(room))]).toEqual([room, true]);
});

test.each([
  ["const x = list[k] ?? 0;", 1],
  ["sum += (list[k + 1] ?? Number.NaN) * (list[k] ?? -1);", 2],
  ["const x = list[k]\n  ?? 0n;", 1],
  ["const x = rows[k]?.[j] ?? Number.POSITIVE_INFINITY;", 1],
  ["const [, height = 0, width] = shape;", 1],
  ["for (const [a, b = -1] of pairs) use(a, b);", 1],
  ["const x = at(list, k);", 0],
  ["const x = names[k] ?? 0.5;", 0],
  ['const x = names[k] ?? "nobody";', 0],
  ["const dt = options.dt ?? 0;", 0],
  ["const n = map.get(k) ?? 0;", 0],
  ["const { low = 0, high } = range;", 0],
  ["if (list[k] === 0 || x[k] == -1) y[k] = 0;", 0],
  ["let [sum, n] = [0, 0];", 0],
])("the rule itself: %s", (source, count) => {
  expect(defaultsIn("", source)).toHaveLength(count);
});
