/** Several instances side by side, in threads: `bench --jobs`, and `run` over many samples. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { builtTest, MAIN, NOT_BUILT } from "../../support/built.ts";
import { cliJson, failedWith, folderOfFiles } from "../../support/cli.ts";
import { DATA_DIR, dataTest } from "../../support/data.ts";

const MODEL = "net:demo-int8";
const { path } = folderOfFiles();

const KWS = join(DATA_DIR, "models/kws_ref_model.tflite");
const builtDataTest = NOT_BUILT === null ? dataTest : builtTest;

const program = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [MAIN, ...args])).stdout;

builtTest("bench: throughput and latency, in the document and as text", async () => {
  const args = ["bench", MODEL, "--seconds", "0.1", "--jobs", "2"];
  const [result] = JSON.parse(await program(...args, "--json")).results;
  expect(result.jobs).toBe(2);
  expect(result.inferencesPerSecond).toBeGreaterThan(0);
  expect(result.jobsP50Us).toBeGreaterThan(0);
  expect(result.jobsP99Us).toBeGreaterThanOrEqual(result.jobsP50Us);
  const text = await program(...args);
  expect(text).toMatch(/2 side by side, [\d,]+ inferences\/s in all, .* times one alone/);
  expect(text).toMatch(/each p50 .* µs, p99 /);
});

builtDataTest("run: the outputs of one instance, in the same order", async () => {
  const outputs = async (name: string, ...more: readonly string[]) => {
    const args = ["run", KWS, "--samples", "4000", "--seed", "5", "--output", path(name)];
    const document = JSON.parse(await program(...args, "--json", ...more));
    return { document, bytes: readFileSync(path(name)) };
  };
  const together = await outputs("together.bin");
  // a limit of a step keeps it at one
  const alone = await outputs("alone.bin", "--step-limit", "60");
  expect(Buffer.compare(together.bytes, alone.bytes)).toBe(0);
  expect(together.document.counters).toEqual(alone.document.counters);
  expect(together.document.latency.n).toBe(4000);
  expect(alone.document).not.toHaveProperty("jobs");
  if (availableParallelism() > 1) {
    expect(together.document.jobs).toBeGreaterThan(1);
    expect(together.document.inferencesPerSecond).toBeGreaterThan(0);
  }
});

builtDataTest("run: a signal ends it, and what was done is whole", async () => {
  const args = [MAIN, "run", KWS, "--samples", "100000000", "--output", "-"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const exited = once(child, "close");
  let text = "";
  child.stdout.on("data", (piece: Buffer) => {
    text += piece;
    child.kill("SIGINT");
  });
  const [code] = await exited;
  expect(code).toBe(130);
  expect(text).toMatch(/^(([\d.]+,){11}[\d.]+\n)+$/);
});

test("without it nothing is said of it", async () => {
  const [result] = (await cliJson(["bench", MODEL, "--seconds", "0.05"])).document.results;
  expect(result).not.toHaveProperty("jobs");
});

describe("USAGE", () => {
  test.each([
    ["no job", ["--jobs", "0"]],
    ["more than threads there may be", ["--jobs", "1000000"]],
    ["a meter beside it", ["--jobs", "2", "--meter", "estimate"]],
    ["another target", ["--jobs", "2", "--target", "wasm3"]],
  ])("%s", async (_, more) => {
    expect(await failedWith("bench", MODEL, "--seconds", "0.05", ...more)).toBe("USAGE 2");
  });

  test("a network whose steps follow one another", async () => {
    expect(await failedWith("bench", "net:lif", "--jobs", "2")).toBe("USAGE 2");
  });
});
