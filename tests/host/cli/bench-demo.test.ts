import { expect, test } from "vitest";
import { systemClock } from "../../../host/units.ts";
import { cli, cliJson, folderOfFiles } from "../../support/cli.ts";
import { FLATTEN, TWO_PORTS } from "../../support/small-models.ts";

const { file } = folderOfFiles();
const model = file("flatten.tflite", FLATTEN);
const other = file("two.tflite", TWO_PORTS);

test("bench: a row per model, with the fields of the contract", async () => {
  const args = ["bench", model, other, "--build", "mvp", "--seconds", "0.05"];
  const { document, stderr } = await cliJson(args);
  expect(document.machine).toEqual({
    cpu: expect.any(String),
    arch: process.arch,
    node: process.version,
  });
  expect(document.results.map((r: { model: string }) => r.model)).toEqual([
    "flatten.tflite",
    "two.tflite",
  ]);
  for (const result of document.results) {
    expect(Object.keys(result).sort()).toEqual(
      [
        ..."model target build flavour n minUs p10Us p50Us p99Us macsPerSecond".split(" "),
        ..."overheadP50Us moduleBytes compileCpuMs energy energyMissing".split(" "),
      ].sort(),
    );
    const { minUs, p10Us, p50Us, p99Us } = result;
    const ascending = [minUs, p10Us, p50Us, p99Us];
    expect(ascending).toEqual([...ascending].sort((a, b) => a - b));
    expect(minUs).toBeGreaterThan(0);
    expect(result.compileCpuMs).toBeGreaterThan(0);
    expect(result.overheadP50Us).toBeGreaterThanOrEqual(0);
    expect(result).toMatchObject({ target: "local", build: "mvp", flavour: null, energy: null });
  }
  expect(stderr).toContain("timing flatten.tflite");
});

test("bench: a model is compiled once, and what that took is a figure of every later call", async () => {
  const args = ["bench", model, "--build", "mvp", "--seconds", "0.01", "--rounding", "single"];
  const [first, second] = [await cliJson(args), await cliJson(args)];
  expect(first.stderr).toContain("compiling flatten.tflite");
  expect(second.stderr).not.toContain("compiling");
  const figures = [first, second].map(({ document }) => document.results[0].compileCpuMs);
  expect(figures[0]).toBeGreaterThan(0);
  expect(figures[1]).toBe(figures[0]);
});

test("bench: energy per inference where a meter was named", async () => {
  const args = ["bench", model, "--build", "mvp", "--seconds", "0.05", "--meter", "estimate"];
  const [result] = (await cliJson(args)).document.results;
  expect(result.energy.quality).toBe("estimated");
  expect(result.energy.joulesPerInference.low).toBeGreaterThan(0);
  expect(result.energy.joulesPerInference.value).toBeLessThan(1e-3);
  // what the meter saw is shared by all that ran in its window, warming up included
  const { windowSeconds, activeWatts, joulesPerInference } = result.energy;
  const inferences = (activeWatts.value * windowSeconds) / joulesPerInference.value;
  expect(inferences).toBeGreaterThan(result.n + 200);
  expect((await cli(args)).stdout).toMatch(/flatten\.tflite +local +mvp/);
});

test("bench: SIGINT leaves the figures so far", async () => {
  const stop = new AbortController();
  const args = ["bench", model, other, "--build", "mvp", "--seconds", "3600"];
  // Ctrl-C in the middle of an hour of timing: at a look at the clock, for a time would be another moment everywhere
  let looks = 0;
  const nowNs = () => {
    if (++looks === 5000) stop.abort();
    return systemClock.nowNs();
  };
  const { code, document } = await cliJson(args, { signal: stop.signal, clock: { nowNs } });
  expect(code).toBe(130);
  expect(document.warnings).toHaveLength(1);
  expect(document.results.length).toBeLessThanOrEqual(1);
});

test("demo: ends by itself, with its picture on stderr beside --json", async () => {
  const { document, stderr } = await cliJson(["demo", "--seconds", "0.01"], { env: { CI: "1" } });
  const [int8, spikes] = document.results;
  expect([int8.model, spikes.model]).toEqual(["net:demo-int8", "net:demo-spikes"]);
  for (const { accuracy } of [int8, spikes]) {
    expect(accuracy.total).toBe(2000);
    expect(accuracy.correct).toBeGreaterThanOrEqual(1900);
  }
  expect(int8).toMatchObject({ macs: 8064, activity: null });
  expect(spikes).toMatchObject({ macs: 0, neurons: 21, synapses: 2128 });
  expect(spikes.activity.synapticEvents).toBeGreaterThan(spikes.activity.spikes);
  expect(document.rmsAccuracy.correct).toBeLessThan(1600);
  expect(document.meter === null || document.meter.quality === "estimated").toBe(true);
  expect(stderr).toContain("summary");
});

test("demo: ends when nobody reads any more", async () => {
  const unread = new AbortController();
  const stdout = { write: () => unread.abort(), isTTY: true };
  expect((await cli(["demo"], { stdout, unread: unread.signal })).code).toBe(0);
});
