/** Every number of 16 bits through the kernels' sigmoid and tanh: the oracle's bits, near the real curves, and rising. */
import { expect, test } from "vitest";
import { sigmoidTable } from "../../../host/model/sigmoid-table.ts";
import { same } from "../../support/int32.ts";
import { kernel } from "../../support/kernel.ts";
import * as oracle from "../../support/oracle/recurrent.ts";

const TABLE = 1024;
const k = await kernel("assembly/fixed/sigmoid-table.ts", {}, "sigmoid16", "tanh16");
new Uint8Array(k.memory.buffer).set(sigmoidTable(), TABLE);

const ALL = Array.from({ length: 65_536 }, (_, n) => n - 32_768);
const ONE = 2 ** 15;

/** The oracle's bits at every x; how far from the real curve the worst is, and how often the curve falls. */
function compared(
  own: (x: number) => number,
  wanted: (x: number) => number,
  real: (x: number) => number,
) {
  let [before, worst, falls] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (const x of ALL) {
    const y = own(x);
    same(y, wanted(x), () => `of ${x}`);
    worst = Math.max(worst, Math.abs(y - ONE * real(x)));
    if (y < before) falls += 1;
    before = y;
  }
  return { worst, falls };
}

test("sigmoid of Q4.12", () => {
  const { worst, falls } = compared(
    (x) => k.sigmoid16(x, TABLE),
    oracle.sigmoid,
    (x) => 1 / (1 + Math.exp(-x / 4096)),
  );
  expect(worst).toBeLessThan(4);
  expect(falls).toBe(0);
});

test.each([-15, -13, -12, -11, -9, -4, 0])("tanh of numbers in 2^%i", (power) => {
  const shift = power + 12;
  const [multiplier, right] = shift < 0 ? [3, -shift] : [3 * 2 ** shift, 0];
  const { worst, falls } = compared(
    (x) => k.tanh16(x, multiplier, right, TABLE),
    (x) => oracle.tanh(x, power),
    (x) => Math.tanh(x * 2 ** power),
  );
  // behind the table's end the curve is flat
  expect(worst).toBeLessThan(12);
  expect(falls).toBe(0);
});
