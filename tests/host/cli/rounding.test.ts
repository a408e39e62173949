/** A run that differs from what it should says so where TFLite's other rounding would not. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Problem } from "../../../host/errors.ts";
import { cli, cliJson, folderOfFiles } from "../../support/cli.ts";
import { interpret } from "../../support/oracle/index.ts";
import { inputBytes, randomInput, randomOperator } from "../../support/random-graph.ts";
import { tfliteBytes } from "../../support/tflite-from-graph.ts";

const { file, path } = folderOfFiles();

/** A MEAN whose two roundings differ, with the input for which they do: by the oracle. */
const { model, input, double, single } = (() => {
  for (let seed = 0; ; seed++) {
    const graph = randomOperator("MEAN", seed);
    const bytes = randomInput(4 * inputBytes(graph), seed);
    const all = (rounding: "double" | "single") => {
      const length = inputBytes(graph);
      const rows = [0, 1, 2, 3].map((k) => bytes.subarray(k * length, (k + 1) * length));
      return Buffer.concat(
        rows.map((row) => new Uint8Array(interpret(graph, row.slice(), rounding).output.buffer)),
      );
    };
    const [left, right] = [all("double"), all("single")];
    if (left.equals(right)) continue;
    const from = file("in.bin", new Uint8Array(bytes.buffer));
    const to = (name: string, content: Buffer) => file(name, new Uint8Array(content));
    return {
      model: file("mean.tflite", tfliteBytes(graph)),
      ...{ input: from, double: to("double.bin", left), single: to("single.bin", right) },
    };
  }
})();

const errorsOf = async (args: readonly string[]): Promise<readonly Problem[]> =>
  (await cliJson(args)).document.errors;
const run = (...more: string[]) => ["run", model, "--input", input, "--build", "mvp", ...more];

test("the outputs equal those of the rounding that was asked for", async () => {
  expect((await cli(run("--expect", double))).code).toBe(0);
  expect((await cli(run("--expect", single, "--rounding", "single"))).code).toBe(0);
});

test("where the other rounding gives them, the failure names it and who computes so", async () => {
  const errors = await errorsOf(run("--expect", single));
  expect(errors).toMatchObject([
    {
      code: "EXPECTATION",
      remedy:
        "The outputs equal the file with --rounding single, as tf.lite.Interpreter computes on a PC.",
    },
  ]);
  const [other] = await errorsOf(run("--expect", double, "--rounding", "single"));
  expect(other?.remedy).toContain("--rounding double, as TensorFlow Lite Micro");
});

test("where neither does, and for a module, the failure is as always", async () => {
  const wrong = file(
    "wrong.bin",
    readFileSync(double).map((b, k) => (k === 0 ? b ^ 64 : b)),
  );
  expect((await errorsOf(run("--expect", wrong)))[0]?.remedy).toContain("--output");
  await cli(["compile", model, "-o", path("mean.wasm")]);
  const module = ["run", path("mean.wasm"), "--input", input, "--expect", single];
  const errors = await errorsOf(module);
  expect(errors[0]?.remedy).toContain("write the file anew");
});
