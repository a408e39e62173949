/** `run` of layered models: its document, noise, limits, signals. */
import { readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../host/units.ts";
import { cli, cliJson, terminal } from "../../support/cli.ts";
import { dataPath, dataTest, readData } from "../../support/data.ts";
import { BUILD, bytes, flattenFiles } from "../../support/flatten-files.ts";
import { FLATTEN } from "../../support/small-models.ts";

const { file, path, model, input } = flattenFiles();

describe("the document", () => {
  test("has the fields of the contract", async () => {
    const { document } = await cliJson(["run", model, ...BUILD, "--input", input]);
    expect(Object.keys(document).sort()).toEqual(
      [
        ..."schema verb ok warnings model target build rounding samples steps outputs".split(" "),
        ..."accuracy latency counters energy energyMissing".split(" "),
      ].sort(),
    );
    expect(document).toMatchObject({
      model: "flatten.tflite",
      target: "local",
      build: "mvp",
      rounding: "double",
      samples: 100,
      steps: 100,
      accuracy: null,
      counters: { steps: 100, spikes: 0, synapticEvents: 0, saturations: 0 },
      energy: null,
      energyMissing: { reason: expect.any(String), remedy: expect.any(String) },
    });
    const { n, minUs, p10Us, p50Us, p90Us, p99Us, maxUs } = document.latency;
    expect(n).toBe(100);
    const ascending = [0, minUs, p10Us, p50Us, p90Us, p99Us, maxUs];
    expect(ascending).toEqual([...ascending].sort((a, b) => a - b));
  });

  test("the build is simd for the local target", async () => {
    expect((await cliJson(["run", model, "--samples", "1"])).document.build).toBe("simd");
  });

  test("rows end at 100, samples do not", async () => {
    const many = file("many.bin", new Uint8Array(6 * 250));
    const { document } = await cliJson(["run", model, ...BUILD, "--input", many]);
    expect([document.samples, document.outputs.length]).toEqual([250, 100]);
  });

  test("an estimate that was asked for carries its bounds and its tag", async () => {
    const args = ["run", model, ...BUILD, "--meter", "estimate"];
    const { document, stderr } = await cliJson(args);
    const { energy } = document;
    expect(energy).toMatchObject({ meter: "estimate", quality: "estimated" });
    expect(energy.joulesPerInference.low).toBeLessThan(energy.joulesPerInference.high);
    expect(energy.brain.watts).toBe(20);
    expect(document.energyMissing).toBeUndefined();
    expect(stderr).toContain("warning: the work took");
    const { stdout } = await cli(args);
    expect(stdout).toMatch(/per inference\n.*estimated/);
    expect(stdout).toMatch(/20 W: [\d.]+ % … [\d.]+ %/);
  });

  test("the text says why there is no energy, and what would give it", async () => {
    const { stdout, stderr } = await cli(["run", model, ...BUILD]);
    expect(stdout).toMatch(/no figure: no meter was named/);
    expect(stdout).toContain("twentywatt help meters");
    expect(stdout).toMatch(/min +p10 +p50 +p90 +p99 +max\n/);
    expect(stderr).toBe("");
  });
});

describe("noise", () => {
  test("is seeded, and as many as asked for", async () => {
    const outputs = async (...more: string[]) =>
      (await cliJson(["run", model, ...BUILD, ...more])).document.outputs;
    const first = await outputs("--samples", "5");
    expect(first).toHaveLength(5);
    expect(await outputs("--samples", "5", "--seed", "1")).toEqual(first);
    expect(await outputs("--samples", "5", "--seed", "2")).not.toEqual(first);
    expect(await outputs()).toHaveLength(100);
  });

  test("--seed beside --input is a warning", async () => {
    const args = ["run", model, ...BUILD, "--input", input, "--seed", "3"];
    expect((await cliJson(args)).document.warnings).toHaveLength(1);
  });
});

describe("--samples", () => {
  test("limits", async () => {
    const args = ["run", model, ...BUILD, "--input", input, "--output", path("first.bin")];
    const { document } = await cliJson([...args, "--samples", "7"]);
    expect(document.samples).toBe(7);
    expect(document.warnings).toEqual([]);
    expect(new Uint8Array(readFileSync(path("first.bin")))).toEqual(bytes.subarray(0, 42));
  });

  test("more than there are is a warning", async () => {
    const { document } = await cliJson([
      ...["run", model, ...BUILD, "--input", input, "--samples", "1000"],
    ]);
    expect(document.samples).toBe(100);
    expect(document.warnings).toHaveLength(1);
  });
});

test("a module gives the outputs of its model", async () => {
  await cli(["compile", model, "-o", path("same.wasm")]);
  const [of, from] = [
    await cliJson(["run", path("same.wasm"), "--input", input]),
    await cliJson(["run", model, ...BUILD, "--input", input]),
  ];
  expect(of.document.outputs).toEqual(from.document.outputs);
  expect(of.document.counters).toEqual(from.document.counters);
});

test("the second run compiles nothing", async () => {
  const fresh = file("fresh.tflite", FLATTEN); // another name: another manifest
  const args = ["run", fresh, ...BUILD, "--samples", "1"];
  const [first, second] = [terminal(), terminal()];
  await cli(args, { stderr: first.screen });
  expect(first.text()).toContain("compiling fresh.tflite");
  await cli(args, { stderr: second.screen });
  expect(second.text()).toBe("");
});

test("SIGINT ends with the summary so far, and the output so far", async () => {
  const stop = new AbortController();
  const many = file("lots.bin", new Uint8Array(6 * 2_000_000));
  // at a look at the clock, for a time would be another sample everywhere
  let looks = 0;
  const nowNs = () => {
    if (++looks === 20_000) stop.abort();
    return systemClock.nowNs();
  };
  const args = ["run", model, ...BUILD, "--input", many, "--output", path("part.bin")];
  const { code, document } = await cliJson(args, { signal: stop.signal, clock: { nowNs } });
  expect(code).toBe(130);
  expect(document.samples).toBeGreaterThan(0);
  expect(document.samples).toBeLessThan(20_000);
  expect(document.warnings).toEqual([expect.stringContaining("interrupted after")]);
  expect(statSync(path("part.bin")).size).toBe(6 * document.samples);
});

test("SIGINT before the first result leaves the output file as it was", async () => {
  const stop = AbortSignal.abort();
  const kept = file("kept.bin", new Uint8Array([1, 2, 3]));
  const args = ["run", model, ...BUILD, "--output", kept];
  // before the model was read: nothing was done, and that is said
  const { code, stdout } = await cli([...args, "--json"], { signal: stop });
  expect([code, JSON.parse(stdout).errors[0].code]).toEqual([130, "INTERRUPTED"]);
  expect([...readFileSync(kept)]).toEqual([1, 2, 3]);
});

const kws = dataPath("models/kws_ref_model.tflite");
const samples = dataPath("kws01/inputs_500x490.i8.bin");

dataTest("keyword spotting: outputs and accuracy, both roundings", async () => {
  for (const rounding of ["double", "single"]) {
    const { document } = await cliJson([
      ...["run", kws, ...BUILD, "--rounding", rounding, "--input", samples],
      ...["--labels", dataPath("kws01/y_labels_500.csv"), "--output", path("kws.bin")],
    ]);
    expect(document).toMatchObject({ samples: 500, accuracy: { correct: 449, total: 500 } });
    const expected = readData(`kws01/expected_500x12.${rounding}_rounding.i8.bin`);
    expect(new Uint8Array(readFileSync(path("kws.bin")))).toEqual(expected);
  }
});
