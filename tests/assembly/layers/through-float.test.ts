/** DEQUANTIZE and QUANTIZE in integers: every int16 against float32 itself, at scales of every kind. */
import { expect, test } from "vitest";
import { frexp, roundHalfAway } from "../../../host/model/multiplier.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { assembled, fromDisk } from "../../support/kernel.ts";

const INPUT = 1024;
const COUNT = 65_536;
const WIDE = INPUT + 2 * COUNT;
const NARROW = WIDE + 2 * COUNT;

const text = ["wide", "narrow"]
  .map((name, k) => {
    const args =
      "a: usize, b: usize, n: i32, z: i32, p: i32, q: i32, e: i32, y: i32, l: i32, h: i32";
    const call = `throughFloat<i16, ${["i16", "i8"][k]}>(a, b, n, z, p, q, e, y, l, h)`;
    return `export function ${name}(${args}): void { ${call}; }`;
  })
  .join("\n");
const served = (path: string) =>
  path === "assembly/layers/both.ts"
    ? `import { throughFloat } from "./through-float";\n${text}`
    : fromDisk(path);
const k = await assembled("assembly/layers/both.ts", { pages: 8 }, served, "wide", "narrow");

/** Every int16, in steps of `from`, to steps of `to` of either width. */
function through(
  width: "wide" | "narrow",
  from: number,
  to: number,
  zero: number,
): (x: number) => number {
  const [low, high] = width === "wide" ? [-32_768, 32_767] : [-128, 127];
  const memory = new DataView(k.memory.buffer);
  for (let x = 0; x < COUNT; x++) memory.setInt16(INPUT + 2 * x, x - 32_768, true);
  const [a, b] = [frexp(from), frexp(to)];
  const scales = [a.f * 2 ** 24, b.f * 2 ** 24, a.e - b.e] as const;
  k[width](INPUT, width === "wide" ? WIDE : NARROW, COUNT, 0, ...scales, zero, low, high);
  return (x: number) =>
    width === "wide"
      ? memory.getInt16(WIDE + 2 * (x + 32_768), true)
      : memory.getInt8(NARROW + x + 32_768);
}

const random = mulberry32(5);
const scale = (low: number, high: number) => Math.fround(2 ** (low + (high - low) * random()));
const pairs: readonly (readonly [number, number])[] = [
  ...[[1, 1] as const, [3, 2] as const, [1, 3] as const, [0.5, 2 ** -20] as const],
  ...[[2 ** -126, 2 ** -126] as const, [2 ** 110, 2 ** 109] as const],
  ...[[2 ** -126, 2 ** 110] as const, [2 ** 110, 2 ** -126] as const],
  // halves, and what lies one step of float32 beside them
  ...[[1 + 2 ** -23, 2] as const, [1 - 2 ** -24, 2] as const, [1, 2 - 2 ** -23] as const],
  ...Array.from({ length: 12 }, () => [scale(-14, 2), scale(-14, 2)] as const),
  ...Array.from({ length: 6 }, () => [scale(-100, 100), scale(-100, 100)] as const),
];

test.each(pairs)("from steps of %f to steps of %f", (from, to) => {
  const steps = (x: number) => roundHalfAway(Math.fround(Math.fround(from * x) / to));
  const [asWide, asNarrow] = [through("wide", from, to, 0), through("narrow", from, to, 17)];
  const wrong: string[] = [];
  for (let x = -32_768; x < 32_768; x++) {
    const expected = Math.min(Math.max(steps(x), -32_768), 32_767);
    const small = Math.min(Math.max(steps(x) + 17, -128), 127);
    if (asWide(x) !== expected || asNarrow(x) !== small) {
      wrong.push(`${x}: ${asWide(x)} and ${asNarrow(x)}, not ${expected} and ${small}`);
    }
  }
  expect(wrong.slice(0, 3)).toEqual([]);
});
