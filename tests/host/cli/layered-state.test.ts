/** A layered network that keeps something: a run in two parts, on two builds, equals one; others have no state to save. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { graphJson } from "../../../host/importers/index.ts";
import { cliJson, failedWith, folderOfFiles } from "../../support/cli.ts";
import { inputBytes, randomInput, randomOperator } from "../../support/random-graph.ts";
import { RECURRENT_KINDS, randomRecurrent } from "../../support/random-recurrent.ts";

const { path } = folderOfFiles();

test.each(RECURRENT_KINDS)("%s: saved in the middle and gone on from there", async (kind) => {
  const graph = randomRecurrent(kind, 3);
  const bytes = inputBytes(graph);
  const input = randomInput(6 * bytes, 1);
  writeFileSync(path("net.json"), graphJson(graph));
  writeFileSync(path("all.bin"), input);
  writeFileSync(path("first.bin"), input.subarray(0, 2 * bytes));
  writeFileSync(path("rest.bin"), input.subarray(2 * bytes));
  const run = async (name: string, build: string, ...more: string[]) => {
    const from = ["--input", path(`${name}.bin`), "--output", path(`${name}.out.bin`)];
    const { code } = await cliJson(["run", path("net.json"), "--build", build, ...from, ...more]);
    expect(code).toBe(0);
    return readFileSync(path(`${name}.out.bin`));
  };
  const whole = await run("all", "simd", "--save-state", path("whole.state"));
  const first = await run("first", "simd", "--save-state", path("half.state"));
  const resumed = ["--load-state", path("half.state"), "--save-state", path("end.state")];
  const rest = await run("rest", "mvp", ...resumed);
  expect(Buffer.concat([first, rest])).toEqual(whole);
  expect(readFileSync(path("end.state"))).toEqual(readFileSync(path("whole.state")));
});

test("a network that keeps nothing has no state to save", async () => {
  writeFileSync(path("plain.json"), graphJson(randomOperator("ADD", 1)));
  const call = ["run", path("plain.json"), "--save-state", path("x.state")];
  expect(await failedWith(...call)).toBe("USAGE 2");
});
