/** SOFTMAX of int16 where random graphs do not go: against exp itself, the largest depth, equal elements, its tables. */
import { expect, test } from "vitest";
import { quantizeMultiplier, type Rounding } from "../../../host/model/multiplier.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { softmaxTables } from "../../../host/model/softmax-table.ts";
import { kernel } from "../../support/kernel.ts";

const k = await kernel("assembly/layers/softmax-i16.ts", { pages: 8 }, "softmaxI16");
const MAX_DEPTH = 65_536;
const [EXP, RECIPROCAL, INPUT] = [1024, 4096, 8192];
const OUTPUT = INPUT + 2 * MAX_DEPTH;

/** Scale and beta in one. */
function softmax(row: readonly number[], scale: number, rounding: Rounding = "double") {
  const memory = new Uint8Array(k.memory.buffer);
  const tables = softmaxTables(rounding);
  memory.set(tables.exp, EXP);
  memory.set(tables.reciprocal, RECIPROCAL);
  memory.set(new Uint8Array(Int16Array.from(row).buffer), INPUT);
  const { q, exponent } = quantizeMultiplier(scale / (10 / 65_535), rounding);
  const how = rounding === "double" ? 0 : 1;
  k.softmaxI16(INPUT, OUTPUT, EXP, RECIPROCAL, 1, row.length, q, exponent, how);
  return [...new Int16Array(k.memory.buffer, OUTPUT, row.length)];
}

/**
 * Differences beyond −10 count as −10, where the table of powers ends. A power is a whole number of 32768ths, so each of
 * them may move the sum by half of one; four are for what interpolation and the reciprocal round.
 */
test("as near to the real function as its tables allow, at every depth to 200", () => {
  const random = mulberry32(4);
  for (let depth = 1; depth <= 200; depth++) {
    const scale = 2 ** -(8 + 5 * random());
    const row = Array.from({ length: depth }, () => Math.floor(65_536 * random()) - 32_768);
    const largest = Math.max(...row);
    const powers = row.map((x) => Math.exp(Math.max((x - largest) * scale, -10)));
    const sum = powers.reduce((a, b) => a + b);
    softmax(row, scale).forEach((y, n) => {
      const real = Math.min((32_768 * (powers[n] ?? 0)) / sum, 32_767);
      expect(Math.abs(y - real), `depth ${depth}, element ${n}`).toBeLessThan(depth / 2 + 4);
    });
  }
});

test("equal elements share, of 65536 nothing is left for one; a single one is all", () => {
  expect(softmax([-32_768], 1)).toEqual([32_767]);
  for (const depth of [2, 4, 256, 16_384]) {
    const wanted = Math.floor(32_768 / depth);
    for (const y of new Set(softmax(Array<number>(depth).fill(32_767), 1))) {
      expect(Math.abs(y - wanted), `${depth}`).toBeLessThan(2);
    }
  }
  expect(new Set(softmax(Array<number>(MAX_DEPTH).fill(5), 0.1))).toEqual(new Set([0]));
});

test("differences that an int32 would not hold are far below all others", () => {
  for (const scale of [1, 2 ** 15, 2 ** 20]) {
    const [least = 0, most = 0] = softmax([-32_768, 32_767], scale);
    expect([least <= 2, most >= 32_764], `${least}, ${most}`).toEqual([true, true]);
  }
});

test("tables: exp(−10) to 1, 1 to ½; the roundings differ at two entries", () => {
  const [double, single] = (["double", "single"] as const).map((rounding) => {
    const { exp, reciprocal } = softmaxTables(rounding);
    return { exp: new Int16Array(exp.buffer), reciprocal: new Int16Array(reciprocal.buffer) };
  });
  expect(double?.exp).toEqual(single?.exp);
  expect([double?.exp[0], double?.exp[256], double?.exp[512]]).toEqual([2, 221, 32_767]);
  expect([double?.reciprocal[0], double?.reciprocal[512]]).toEqual([32_767, 16_384]);
  const other = [...(double?.reciprocal ?? [])].flatMap((entry, n) =>
    entry === single?.reciprocal[n] ? [] : [[n, entry, single?.reciprocal[n]]],
  );
  expect(other).toEqual([
    [160, 24_966, 24_967],
    [294, 20_816, 20_815],
  ]);
});
