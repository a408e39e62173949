/**
 * Samples that are missing: what a front end remembered before them must not meet what comes after. The decisions after a
 * gap are those on the samples after it alone, on every target.
 */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { cli, type Document, folderOfFiles } from "../../support/cli.ts";
import { FRONTS } from "../../support/fronts.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";

const { file } = folderOfFiles();
// windows overlap, and a mean runs over time
const { name: _, ...lines } = FRONTS["the lines of a spectrum, less their mean"] ?? { name: "" };
const front = file("front.json", JSON.stringify(lines));
const RATE = 4096;
const HOP = 128;

/** Strong first, weak then: what is remembered of the first shows in the second. */
const random = mulberry32(3);
const samples = (n: number, amplitude: number): string[] =>
  Array.from({ length: n }, () => (amplitude * (random() - 0.5)).toFixed(4));
const before = samples(3 * HOP + 100, 60);
const after = samples(6 * HOP, 2);

async function decisions(lines: readonly string[], ...more: readonly string[]) {
  const name = file("samples.csv", lines.join("\n"));
  const uri = `csv:${name}?rate=${RATE}&unit=m/s²`;
  const args = [
    "run",
    "net:demo-int8?input=features",
    "--front",
    front,
    "--input",
    uri,
    ...more,
    "--json",
  ];
  const { code, stdout } = await cli(args);
  const documents: Document[] = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const summary = documents.pop();
  return { code, summary, outputs: documents.map(({ sample }) => sample.outputs) };
}

async function holds(...target: readonly string[]): Promise<void> {
  const whole = await decisions([...before, ...after], ...target);
  const alone = await decisions(after, ...target);
  // a row that cannot be read is a lost sample
  const cut = await decisions([...before, "x", ...after], ...target);
  expect([whole.code, alone.code, cut.code]).toEqual([0, 0, 0]);
  expect(cut.outputs.slice(0, 3)).toEqual(whole.outputs.slice(0, 3));
  expect(cut.outputs.slice(3)).toEqual(alone.outputs);
  // the front end does remember: otherwise there is nothing to see here
  const joined = await decisions([...before.slice(0, 3 * HOP), ...after], ...target);
  expect(joined.outputs.slice(3)).not.toEqual(alone.outputs);
  expect(cut.summary?.live).toMatchObject({ lost: 1, droppedWindows: 1, unusedSamples: 100 });
  // what was counted before the gap stays counted
  expect(cut.summary?.counters.steps).toBe(9);
}

test("local", () => holds());

testUnless(missingPosix())("through WASM3, and on a board", async () => {
  await holds("--target", "wasm3");
  const board = await PosixBoard.start();
  try {
    await holds("--target", `board:${board.path}`);
  } finally {
    await board.close();
  }
});
