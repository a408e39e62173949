/** What `run` prints of a layered network's results. The models hand their input through: each value is known. */
import { expect, test } from "vitest";
import { cli, folderOfFiles } from "../../support/cli.ts";
import { int8Tensor, layeredGraph, reshape } from "../../support/graphs.ts";
import { FLATTEN, FLATTEN_F32, TWO_PORTS } from "../../support/small-models.ts";
import { tfliteBytes } from "../../support/tflite-from-graph.ts";

const { file } = folderOfFiles();

/** n values in, the same n out; scale ½. */
const through = (n: number) =>
  tfliteBytes(
    layeredGraph([int8Tensor("in", [1, n]), int8Tensor("out", [n])], [reshape(0, 0, 1)], [0], [1]),
  );

/** The lines behind the label, without it. */
async function results(...args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await cli(["run", ...args, "--build", "mvp"]);
  expect(code, stderr).toBe(0);
  const lines = stdout.split("\n");
  const from = lines.findIndex((line) => line.startsWith("results "));
  const to = lines.findIndex((line, k) => k > from && !line.startsWith(" "));
  return from < 0 ? [] : lines.slice(from, to).map((line) => line.slice(10));
}

const flatten = file("flatten.tflite", FLATTEN);

test("without names: values by index, of each sample", async () => {
  const input = file("two.bin", Uint8Array.of(0, 1, 2, 3, 4, 5, -128, 127, 0, 0, 0, -1));
  expect(await results(flatten, "--input", input)).toEqual([
    "sample    [0]    [1]   [2]   [3]   [4]     [5]",
    "     0      0  0.500  1.00  1.50  2.00    2.50",
    "     1  -64.0   63.5     0     0     0  -0.500",
  ]);
});

test("the values are real ones, whatever the edge of the file", async () => {
  const floats = new Float32Array([0, 0.5, 1, 1.5, -64, 63.5]);
  const f32 = file("f32.tflite", FLATTEN_F32);
  const input = file("one.bin", new Uint8Array(floats.buffer));
  const [, row = ""] = await results(f32, "--input", input);
  expect(row.trim().split(/ +/).map(Number)).toEqual([0, ...floats]);
});

test("few rows and few columns of many; --output has them all", async () => {
  const bytes = new Uint8Array(9 * 12).fill(4);
  // the largest is not among those that are shown
  bytes[9 * 9 + 7] = 6;
  const input = file("many.bin", bytes);
  const lines = await results(file("nine.tflite", through(9)), "--input", input);
  expect(lines).toHaveLength(12);
  expect(lines.at(-2)?.trim().split(/ +/)).toEqual(["9", ...Array(6).fill("2.00"), "[7]", "3.00"]);
  expect(lines.at(-1)).toBe("… and 2 more, 3 outputs more of each: --output FILE writes all");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(70);
});

test("one output: its value", async () => {
  const input = file("three.bin", Uint8Array.of(5, 0, -8));
  const one = file("one.tflite", through(1));
  const expected = ["sample  output", "     0    2.50", "     1       0", "     2   -4.00"];
  expect(await results(one, "--input", input)).toEqual(expected);
  // a name does not make it a decision
  const names = file("name.txt", "level\n");
  expect(await results(one, "--input", input, "--classes", names)).toEqual(expected);
});

test("several outputs: one after the other, as in --output", async () => {
  const input = file("ports.bin", Uint8Array.of(2, 4, 6, 8, 10));
  const [, row = ""] = await results(file("ports.tflite", TWO_PORTS), "--input", input);
  expect(row.trim().split(/ +/).map(Number)).toEqual([0, 1, 2, 3, 4, 5]);
});

test("with names it is decisions, as before", async () => {
  const input = file("decide.bin", Uint8Array.of(0, 9, 0, 0, 0, 0));
  const names = file("names.txt", "a\nb\nc\nd\ne\nf\n");
  expect(await results(flatten, "--input", input, "--classes", names)).toEqual(["0  b  4.50"]);
});
