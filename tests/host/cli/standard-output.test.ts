/** `run --output -`: rows of csv and nothing else on standard output, for files, sensors and pipes that close. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtTest, MAIN } from "../../support/built.ts";
import { cli, failedWith } from "../../support/cli.ts";
import { BUILD, flattenFiles } from "../../support/flatten-files.ts";

const { file, path, model, input } = flattenFiles();

/** What the same call writes to a file. */
async function inFile(...args: readonly string[]): Promise<string> {
  await cli([...args, "--output", path("same.csv")]);
  return readFileSync(path("same.csv"), "utf8");
}

describe("rows on standard output, the report on stderr", () => {
  test("of a layered network", async () => {
    const args = ["run", model, ...BUILD, "--input", input];
    const { code, stdout, stderr } = await cli([...args, "--output", "-"]);
    expect([code, stdout]).toEqual([0, await inFile(...args)]);
    expect(stdout.split("\n")).toHaveLength(101);
    expect(stderr).toMatch(/^model .*\ntarget /m);
    expect(stderr).not.toMatch(/^output/m);
  });

  test("of a spiking one", async () => {
    const args = ["run", "net:izhikevich?type=CH", "--steps", "500"];
    const { code, stdout, stderr } = await cli([...args, "--output", "-"]);
    expect([code, stdout]).toEqual([0, await inFile(...args)]);
    expect(stdout).toMatch(/^([01]\n){500}$/);
    expect(stderr).toMatch(/^steps/m);
    expect(stderr).not.toMatch(/^files/m);
  });

  test("of a sensor, in the place of the lines of decisions; of standard input", async () => {
    const args = ["run", "net:demo-int8", "--input", "sim:vibration", "--samples", "2"];
    const { code, stdout } = await cli([...args, "--output", "-"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^([\d.]+,){4}[\d.]+\n([\d.]+,){4}[\d.]+\n$/);
    async function* stdin() {
      yield new TextEncoder().encode("1,1,1\n0,0,0\n");
    }
    const spikes = await cli(["run", "net:perceptron", "--input", "-", "--output", "-"], {
      stdin: stdin(),
    });
    expect(spikes.stdout).toMatch(/^[01]\n[01]\n$/);
  });

  test("rows of what was done before it failed, and the failure", async () => {
    const from = file("half.csv", "1,2,3,4,5,6\n1,2,3\n");
    const args = ["run", model, ...BUILD, "--input", from, "--output", "-"];
    const { code, stdout, stderr } = await cli(args);
    expect([code, stdout]).toEqual([1, "1,2,3,4,5,6\n"]);
    expect(stderr).toContain("INPUT_SIZE");
  });
});

test("a document and rows do not share a stream", async () => {
  const { code, stdout } = await cli(["run", model, "--output", "-", "--json"]);
  const [error] = JSON.parse(stdout).errors;
  expect([code, error.code, error.where, error.got]).toEqual([
    ...[2, "USAGE", "--output", "- beside --json"],
  ]);
  expect(await failedWith("run", model, "--output", "x.txt")).toBe("USAGE 2");
});

describe("nobody reads any more", () => {
  const rows = (name: string) => ["--input", name, "--output", "-"];
  const many = file("many.csv", "1,2,3,4,5,6\n".repeat(200_000));
  builtTest("a run of a file ends, quietly", () => {
    const call = `"$@" | head -n 2; echo "\${PIPESTATUS[0]}"`;
    const args = [process.execPath, MAIN, "run", model, ...BUILD, ...rows(many)];
    const ran = spawnSync("bash", ["-c", call, "bash", ...args], { encoding: "utf8" });
    expect(ran.stdout).toBe("1,2,3,4,5,6\n1,2,3,4,5,6\n0\n");
    expect(ran.stderr).toMatch(/^(compiling [^\n]*\n)?$/);
  });

  builtTest("a run of a sensor without an end ends, too", async () => {
    const args = [MAIN, "run", "net:demo-int8", "--input", "sim:vibration", "--output", "-"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise((resolve) => child.on("close", resolve));
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.stdout.destroy();
    expect(await ended).toBe(0);
    expect(stderr).toMatch(/^sim:vibration: [^\n]*\n(compiling [^\n]*\n)?$/);
  });
});
