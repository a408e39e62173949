/** uint8 at the edges: files of every form, labels, noise, what is shown, and what is refused. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { npyHead } from "../../../host/files/npy.ts";
import { cli, cliJson, failure, folderOfFiles } from "../../support/cli.ts";
import { FRONTS } from "../../support/fronts.ts";
import { UNSIGNED } from "../../support/small-models.ts";

const { file, path } = folderOfFiles();
const model = file("grey.tflite", UNSIGNED);
const BUILD = ["--build", "mvp"];
const rows = Uint8Array.of(0, 27, 28, 127, 128, 255, 200, 201, 202, 203, 204, 1);
/** 28 less, and no less than 0 */
const expected = [
  [0, 0, 0, 99, 100, 227],
  [172, 173, 174, 175, 176, 0],
];
const run = (input: string, ...more: string[]) =>
  cliJson(["run", model, ...BUILD, "--input", input, ...more]);

test(".bin and .npy hold uint8 as it is", async () => {
  const bin = file("rows.bin", rows);
  const npy = file("rows.npy", Buffer.concat([npyHead("u8", [1, 6], 2), rows]));
  for (const [input, output] of [
    [bin, "out.npy"],
    [npy, "out.bin"],
  ] as const) {
    const { document } = await run(input, "--output", path(output));
    expect(document.outputs).toEqual(expected);
    expect((await run(input, "--expect", path(output))).code).toBe(0);
  }
  expect([...readFileSync(path("out.bin"))]).toEqual(expected.flat());
  expect([...readFileSync(path("out.npy")).subarray(-12)]).toEqual(expected.flat());
  expect(readFileSync(path("out.npy")).toString("latin1")).toContain("'descr': '|u1'");
});

test("--expect names the values that differ as what they are, 0 to 255", async () => {
  const wanted = Uint8Array.from(expected.flat()).with(5, 226);
  const { code, document } = await run(file("rows.bin", rows), "--expect", file("e.bin", wanted));
  expect(code).toBe(1);
  expect(document.errors[0]).toMatchObject({ got: "227 (0xe3)", expected: "226 (0xe2)" });
});

test(".csv holds real values: from 0 to 255 steps, saturated", async () => {
  const input = file("rows.csv", "-64,-63.5,0,63.5,-1000,1000\n-0.25,0.25,0,1,2,3\n");
  const { document } = await run(input, "--output", path("out.csv"));
  // half away from zero: −¼ is half a step below 128
  expect(document.outputs).toEqual([
    [0, 0, 100, 227, 0, 227],
    [99, 101, 100, 102, 104, 106],
  ]);
  expect(readFileSync(path("out.csv"), "utf8").split("\n")[0]).toBe("-50,-50,0,63.5,-50,63.5");
});

test("the largest class is the largest of 0 to 255", async () => {
  const labels = file("labels.csv", "5\n4\n");
  const { document } = await run(file("rows.bin", rows), "--labels", labels);
  expect(document.accuracy).toEqual({ correct: 2, total: 2 });
});

test("noise is any byte; inspect names the type", async () => {
  const { document } = await cliJson(["run", model, ...BUILD, "--samples", "50"]);
  const values: readonly number[] = document.outputs.flat();
  expect(Math.min(...values)).toBe(0);
  expect(Math.max(...values)).toBeGreaterThan(200);
  expect((await cli(["inspect", model])).stdout).toMatch(/pixels \[1,6\] uint8, scale 0\.5/);
  expect((await cliJson(["inspect", model])).document.inputs[0]).toMatchObject({
    ...{ dtype: "u8", edge: "u8", zeroPoint: 128 },
  });
});

test("a front end makes int8: before uint8 it is refused", async () => {
  const { name: _, ...lines } = FRONTS["the lines of a spectrum, less their mean"] ?? { name: "" };
  const front = file("front.json", JSON.stringify(lines));
  const { errors } = await failure("compile", model, "--front", front, "-o", path("f.wasm"));
  expect(errors).toMatchObject([{ code: "MODEL_SHAPE", got: "a network whose input is uint8" }]);
});
