/**
 * Samples that are missing: what a front end remembered before them must not meet what comes after. The decisions after a
 * gap are those on the samples after it alone, on every target.
 */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import type { Front } from "../../../host/model/signal-graph.ts";
import { cli, type Document, folderOfFiles } from "../../support/cli.ts";
import { FRONTS } from "../../support/fronts.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";

const { file } = folderOfFiles();
// windows overlap, and a mean runs over time
const { name: _, ...lines } = FRONTS["the lines of a spectrum, less their mean"] as Front;
const front = file("front.json", JSON.stringify(lines));
const RATE = 4096;
const HOP = 128;

/** Strong first, weak then: what is remembered of the first shows in the second. */
const random = mulberry32(3);
const samples = (n: number, amplitude: number): string[] =>
  Array.from({ length: n }, () => (amplitude * (random() - 0.5)).toFixed(4));
const before = samples(3 * HOP + 100, 60);
const after = samples(6 * HOP, 2);

/** Spikes of such a spectrum; every hop of the network from rest, so that only the front end remembers. */
const encode = { kind: "Encode", code: "rate", scale: 1 / 8, threshold: 0, gain: 32 };
const spikes = file(
  "spikes.json",
  JSON.stringify({ ...lines, nodes: [...lines.nodes, { ...encode, memory: "cleared" }] }),
);

const INT8 = ["net:demo-int8?input=features", "--front", front] as const;
const SPIKES = ["net:demo-spikes?input=features", "--front", spikes] as const;

async function decisions(
  network: readonly string[],
  lines: readonly string[],
  ...more: readonly string[]
) {
  const name = file("samples.csv", lines.join("\n"));
  const uri = `csv:${name}?rate=${RATE}&unit=m/s²`;
  const { code, stdout } = await cli(["run", ...network, "--input", uri, ...more, "--json"]);
  const documents: Document[] = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const summary = documents.pop();
  return {
    ...{ code, summary, indices: documents.map(({ sample }) => sample.index) },
    outputs: documents.map(({ sample }) => sample.outputs),
  };
}

async function holds(network: readonly string[], ...target: readonly string[]): Promise<void> {
  // of spikes every hop shall be shown, silent or not
  const more = network === SPIKES ? ["--decide", "0", ...target] : target;
  const whole = await decisions(network, [...before, ...after], ...more);
  const alone = await decisions(network, after, ...more);
  // a row that cannot be read is a lost sample
  const cut = await decisions(network, [...before, "x", ...after], ...more);
  expect([whole.code, alone.code, cut.code]).toEqual([0, 0, 0]);
  expect(cut.outputs).toHaveLength(9);
  expect(cut.outputs.slice(0, 3)).toEqual(whole.outputs.slice(0, 3));
  expect(cut.outputs.slice(3)).toEqual(alone.outputs);
  // the front end does remember: otherwise there is nothing to see here
  const joined = await decisions(network, [...before.slice(0, 3 * HOP), ...after], ...more);
  expect(joined.outputs.slice(3)).not.toEqual(alone.outputs);
  expect(cut.summary?.live).toMatchObject({ lost: 1, droppedWindows: 1, unusedSamples: 100 });
  // what was counted before the gap stays counted
  expect(cut.summary?.counters.steps).toBe(9);
}

test.each([
  ["a layered network", INT8],
  ["a network of spikes", SPIKES],
] as const)("%s, local", (_, network) => holds(network));

testUnless(missingPosix())("both, through WASM3, and on a board", async () => {
  const board = await PosixBoard.start();
  try {
    for (const network of [INT8, SPIKES]) {
      await holds(network, "--target", "wasm3");
      await holds(network, "--target", `board:${board.path}`);
    }
  } finally {
    await board.close();
  }
});

test("--decide counts over inferences, and over steps, that follow each other", async () => {
  // four hops, a sample lost in the fifth, four hops
  const lines = [...before, ...after.slice(0, HOP), "x", ...after.slice(0, 4 * HOP)];
  expect((await decisions(INT8, lines)).indices).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  const means = await decisions(INT8, lines, "--decide", "-99,3");
  expect(means.indices).toEqual([2, 3, 6, 7]);
  const sums = await decisions(SPIKES, lines, "--decide", "0,3");
  expect(sums.indices).toEqual([2, 6]);
});
