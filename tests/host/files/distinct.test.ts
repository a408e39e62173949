/** A call never writes over what it reads, nor over another of its results, whatever names it is given for them. */
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { requireDistinct } from "../../../host/files/distinct.ts";
import { failedWith, folderOfFiles } from "../../support/cli.ts";
import { FLATTEN } from "../../support/small-models.ts";

const { path, file } = folderOfFiles();
const there = file("there.bin", "content");
linkSync(there, path("hard.bin"));
symlinkSync(there, path("soft.bin"));
symlinkSync(path(""), path("folder"));
mkdirSync(path("sub"));

async function refused(reads: readonly string[], writes: readonly string[]): Promise<string[]> {
  const named = (flag: string) => (at: string) => ({ flag, path: at });
  try {
    await requireDistinct(reads.map(named("--in")), writes.map(named("--out")));
    return [];
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.problems.map(({ code }) => code);
  }
}

test("a file that is there, by all its names", async () => {
  for (const name of ["there.bin", "./there.bin", "sub/../there.bin", "hard.bin", "soft.bin"]) {
    expect(await refused([there], [path(name)]), name).toEqual(["USAGE"]);
    expect(await refused([path(name)], [there]), name).toEqual(["USAGE"]);
    expect(await refused([], [there, path(name)]), name).toEqual(["USAGE"]);
  }
  expect(await refused([path("folder/there.bin")], [there])).toEqual(["USAGE"]);
});

test("a file that is not there yet, by all its names", async () => {
  const fresh = path("fresh.csv");
  for (const name of [
    fresh,
    path("./fresh.csv"),
    path("sub/../fresh.csv"),
    path("folder/fresh.csv"),
  ]) {
    expect(await refused([], [fresh, name]), name).toEqual(["USAGE"]);
  }
  expect(await refused([], [fresh, path("sub/fresh.csv"), path("Fresh.csv")])).toEqual([]);
});

test("what nothing replaces may be named twice; inputs may be read twice", async () => {
  expect(await refused(["/dev/null"], ["/dev/null", "/dev/null"])).toEqual([]);
  expect(await refused([there, path("hard.bin")], [path("other.bin")])).toEqual([]);
});

test("every pair is named at once", async () => {
  expect(await refused([there], [there, path("soft.bin"), path("x"), path("x")])).toHaveLength(3);
});

test("every option that writes is held against all that read and write", async () => {
  const model = file("model.tflite", FLATTEN);
  const input = file("input.bin", new Uint8Array(6));
  const labels = file("labels.csv", "1\n");
  const run = ["run", model, "--build", "mvp", "--input", input, "--labels", labels];
  for (const same of [model, input, labels]) {
    expect(await failedWith(...run, "--output", same)).toBe("USAGE 2");
  }
  const spiking = ["run", "net:lif", "--build", "mvp", "--steps", "3"];
  const csv = path("same.csv");
  const [v, again] = [`neuron.v=${csv}`, `neuron.i=${path("./same.csv")}`];
  expect(await failedWith(...spiking, "--record", v, "--record", again)).toBe("USAGE 2");
  for (const flag of ["--save-state", "--plot", "--output"]) {
    expect(await failedWith(...spiking, "--record", v, flag, csv), flag).toBe("USAGE 2");
  }
  expect(await failedWith("compile", model, "-o", model)).toBe("USAGE 2");
  expect(readFileSync(model)).toEqual(Buffer.from(FLATTEN));
  writeFileSync(input, new Uint8Array(6));
});
