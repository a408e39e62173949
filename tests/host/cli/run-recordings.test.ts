/** `record --label`, then `run --labels` over what it wrote: accuracy over the decisions of recordings. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import {
  drawCondition,
  type MachineState,
  SAMPLE_RATE_HZ,
  vibration,
} from "../../../host/sensors/vibration.ts";
import { cli, cliJson, type Document, failure, folderOfFiles } from "../../support/cli.ts";
import { misfits } from "../../support/documents.ts";

const { path, file } = folderOfFiles();
const LIST = path("set/labels.csv");
/** Not the order of the network's own classes: healthy is its first. */
const RECORDINGS = [
  ["shaken.rec", "imbalance", 2],
  ["still.rec", "healthy", 1],
  ["again?.rec", "imbalance", 1],
] as const;

beforeAll(async () => {
  mkdirSync(path("set"));
  for (const [k, [name, state, seconds]] of RECORDINGS.entries()) {
    const csv = file(`${name}.csv`, signal(state, k + 1, seconds));
    const uri = `csv:${csv}?rate=${SAMPLE_RATE_HZ}&unit=m/s²`;
    const { code, stderr } = await cli([
      ...["record", uri, "-o", path(`set/${name}`), "--label", state],
    ]);
    if (code !== 0) throw new Error(stderr);
  }
});

function signal(state: MachineState, seed: number, seconds: number): string {
  const random = mulberry32(seed);
  const next = vibration(drawCondition(state, random), random);
  return Array.from({ length: seconds * SAMPLE_RATE_HZ }, () => `${next().toFixed(4)}\n`).join("");
}

/** The classes that a network said of a recording without its label, counted by hand. */
async function said(network: string, name: string): Promise<readonly string[]> {
  // one more behind a name with a question mark in it
  const args = ["run", network, "--input", `rec:${path(`set/${name}`)}?`, "--json"];
  const documents: Document[] = (await cli(args)).stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return documents.flatMap(({ sample }) => (sample ? [sample.class] : []));
}

describe("a layered network", () => {
  test("all recordings are run, each from the start, and every decision is counted", async () => {
    const { document } = await cliJson(["run", "net:demo-int8", "--labels", LIST]);
    const recordings: { file: string; class: string; correct: number; total: number }[] = [];
    for (const [name, state] of RECORDINGS) {
      const all = await said("net:demo-int8", name);
      const correct = all.filter((one) => one === state).length;
      recordings.push({ file: name, class: state, correct, total: all.length });
    }
    expect(document.recordings).toEqual(recordings);
    const sum = (key: "correct" | "total") => recordings.reduce((all, one) => all + one[key], 0);
    expect(document.accuracy).toEqual({ correct: sum("correct"), total: sum("total") });
    // numbers of classes.txt in the place of names would count 0
    expect(sum("correct")).toBeGreaterThan(sum("total") / 2);
    expect(sum("total")).toBeGreaterThan(RECORDINGS.length);
    expect(misfits("run", document)).toEqual([]);

    const { stdout } = await cli(["run", "net:demo-int8", "--labels", LIST]);
    expect(stdout).toContain(`${sum("correct")} of ${sum("total")} decisions correct, `);
    expect(stdout).toMatch(/^results +shaken\.rec +imbalance +\d+ of \d+$/m);
    expect(stdout).not.toMatch(/^\d+\.\d{3} s /m);
  });

  test("one recording has the label of its own row", async () => {
    for (const [name, state] of RECORDINGS) {
      const input = ["--input", `rec:${path(`set/${name}`)}?`];
      const { stdout } = await cli(["run", "net:demo-int8", ...input, "--labels", LIST, "--json"]);
      const { accuracy } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
      const all = await said("net:demo-int8", name);
      const correct = all.filter((one) => one === state).length;
      expect(accuracy).toEqual({ correct, total: all.length });
    }
  });

  test("--min-accuracy is of all recordings together", async () => {
    const args = ["run", "net:demo-int8", "--labels", LIST, "--min-accuracy"];
    expect((await cli([...args, "10"])).code).toBe(0);
    const wrong = path("wrong");
    mkdirSync(wrong);
    writeFileSync(join(wrong, "classes.txt"), "looseness\n");
    writeFileSync(join(wrong, "labels.csv"), "../set/still.rec,1,0\n../set/again?.rec,1,0\n");
    const all = ["run", "net:demo-int8", "--labels", join(wrong, "labels.csv")];
    const { document, code } = await cliJson([...all, "--min-accuracy", "90"]);
    expect([code, document.errors[0].code]).toEqual([1, "EXPECTATION"]);
    expect(document.accuracy.total).toBeGreaterThan(2);
    expect(document.recordings).toHaveLength(2);
  });
});

test("a spiking network decides once for each recording", async () => {
  const { document } = await cliJson(["run", "net:demo-spikes", "--labels", LIST]);
  const recordings = [];
  for (const [name, state] of RECORDINGS) {
    const args = ["run", "net:demo-spikes", "--input", `rec:${path(`set/${name}`)}?`, "--json"];
    const { stdout } = await cli(args);
    const { winner } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    const correct = ["healthy", "imbalance"][winner] === state ? 1 : 0;
    recordings.push({ file: name, class: state, correct, total: 1 });
  }
  expect(document.recordings).toEqual(recordings);
  expect(document.accuracy.total).toBe(RECORDINGS.length);
  expect(document.accuracy.correct).toBeGreaterThan(0);
  expect(misfits("run", document)).toEqual([]);
});

describe("what does not fit is refused", () => {
  const others = path("others");
  const list = join(others, "labels.csv");
  function listed(rows: string, classes?: string): string {
    rmSync(others, { recursive: true, force: true });
    mkdirSync(others);
    writeFileSync(list, rows);
    if (classes !== undefined) writeFileSync(join(others, "classes.txt"), classes);
    return list;
  }
  const refusal = async (...args: readonly string[]) => {
    const { code, errors } = await failure("run", "net:demo-int8", ...args);
    return `${errors[0]?.code} ${code}: ${errors[0]?.where} got ${errors[0]?.got}`;
  };

  test.each([
    ["a class that the network has not", "../set/still.rec,1,0\n", "walrus\n", "the class walrus"],
    ["a class without a name", "../set/still.rec,2,1\n", "healthy\n", "class 1"],
    ["numbers of another count", "../set/still.rec,2,1\n", undefined, "2 classes"],
    ["no number", "../set/still.rec,2,1\nx.rec,2,one\n", undefined, '"x.rec,2,one"'],
  ])("%s", async (_, rows, classes, got) => {
    const line = rows.split("\n").length - 1;
    expect(await refusal("--labels", listed(rows, classes))).toBe(
      `INPUT_FORMAT 1: ${list}: line ${line} got ${got}`,
    );
  });

  test("a later row, before the first recording is run", async () => {
    listed("../set/still.rec,2,0\n../set/again?.rec,2,1\n", "healthy\nwalrus\n");
    expect(await refusal("--labels", list)).toContain("line 2 got the class walrus");
  });

  test("a recording that is gone, and one that is not in the list", async () => {
    const gone = listed("gone.rec,1,0\n", "healthy\n");
    expect(await refusal("--labels", gone)).toMatch(/^SENSOR_MISSING 1: .*gone\.rec/);
    const input = `rec:${path("set/still.rec")}`;
    expect(await refusal("--input", input, "--labels", gone)).toContain("got no row for still.rec");
  });

  test("options of one input", async () => {
    for (const option of ["--samples=3", `--output=${path("never.bin")}`, "--seed=1"]) {
      expect(await refusal("--labels", LIST, option)).toMatch(/^USAGE 2: --\w+ got a list/);
    }
  });
});
