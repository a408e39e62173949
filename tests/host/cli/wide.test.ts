/** int16 at the edges: files of every form, float32 outside, labels, what is shown, and what is refused. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { npyHead } from "../../../host/files/npy.ts";
import { cli, cliJson, failure, folderOfFiles } from "../../support/cli.ts";
import { wideModel } from "../../support/small-models.ts";

const { file, path } = folderOfFiles();
const model = file("wide.tflite", wideModel("i16"));
const floats = file("floats.tflite", wideModel("f32"));
const rows = Int16Array.of(-32768, -3, -1, 1, 256, 32767, 300, 301, 302, 303, 30_000, 0);
const bytes = new Uint8Array(rows.buffer);
const expected = [
  [-16384, -1, 0, 1, 128, 16384],
  [150, 151, 151, 152, 15_000, 0],
];
const run = (input: string, ...more: string[]) =>
  cliJson(["run", model, "--build", "mvp", "--input", input, ...more]);

test(".bin and .npy hold int16 little-endian", async () => {
  const bin = file("rows.bin", bytes);
  const npy = file("rows.npy", Buffer.concat([npyHead("i16", [1, 6], 2), bytes]));
  for (const [input, output] of [
    [bin, "out.npy"],
    [npy, "out.bin"],
  ] as const) {
    const { document } = await run(input, "--output", path(output));
    expect(document.outputs).toEqual(expected);
    expect((await run(input, "--expect", path(output))).code).toBe(0);
  }
  const wanted = Buffer.from(Int16Array.from(expected.flat()).buffer);
  expect(readFileSync(path("out.bin"))).toEqual(wanted);
  expect(readFileSync(path("out.npy")).subarray(-24)).toEqual(wanted);
  expect(readFileSync(path("out.npy")).toString("latin1")).toContain("'descr': '<i2'");
});

test("int8 arrays are refused with what to write", async () => {
  const npy = file("int8.npy", Buffer.concat([npyHead("i8", [1, 6], 1), Buffer.alloc(6)]));
  const { errors } = await failure("run", model, "--input", npy);
  expect(errors).toMatchObject([
    {
      code: "INPUT_FORMAT",
      got: "elements of type int8 (|i1)",
      expected: expect.stringContaining("int16 (<i2)"),
    },
  ]);
});

test("--expect names a value that differs as what it is", async () => {
  const wanted = Int16Array.from(expected.flat()).with(5, -2);
  const e = file("e.bin", new Uint8Array(wanted.buffer));
  const { code, document } = await run(file("rows.bin", bytes), "--expect", e);
  expect(code).toBe(1);
  expect(document.errors[0]).toMatchObject({ got: "16384 (0x0040)", expected: "-2 (0xfeff)" });
});

test(".csv holds real values, saturated; labels are the largest of 16 bits", async () => {
  const input = file("rows.csv", "-20000,-1.5,0,0.25,128,16383.5\n150,151,1,0,0,15000\n");
  const { document } = await run(input, "--output", path("out.csv"));
  expect(document.outputs).toEqual([
    [-16384, -1, 0, 1, 128, 16384],
    [150, 151, 1, 0, 0, 15_000],
  ]);
  expect(readFileSync(path("out.csv"), "utf8").split("\n")[0]).toBe("-16384,-1,0,1,128,16384");
  const labels = file("labels.csv", "5\n4\n");
  const labelled = await run(file("rows.bin", bytes), "--labels", labels);
  expect(labelled.document.accuracy).toEqual({ correct: 2, total: 2 });
});

test("float32 outside is converted by the host", async () => {
  const real = Float32Array.of(-1e9, -1.5, 0, 0.25, 128, 1e9);
  const input = file("rows.f32.bin", new Uint8Array(real.buffer));
  const output = path("f32.bin");
  await cliJson(["run", floats, "--build", "mvp", "--input", input, "--output", output]);
  const written = new Float32Array(Uint8Array.from(readFileSync(output)).buffer);
  expect([...written]).toEqual([-16384, -1, 0, 1, 128, 16384]);
  expect((await cli(["inspect", floats])).stdout).toMatch(/sound \[1,6\] float32, int16 inside/);
});

test("inspect names the type", async () => {
  expect((await cli(["inspect", model])).stdout).toMatch(/sound \[1,6\] int16, scale 0\.5/);
  expect((await cliJson(["inspect", model])).document.inputs[0]).toMatchObject({
    ...{ dtype: "i16", edge: "i16", zeroPoint: 0 },
  });
});
