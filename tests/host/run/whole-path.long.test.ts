/** Ten minutes of vibration from a process on a pseudo-terminal: every decision right, none lost, 20 ms at the 99th percentile. */
import { afterAll, beforeAll, describe, expect } from "vitest";
import { builtTest, NOT_BUILT } from "../../support/built.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";
import {
  asTable,
  decided,
  decidedOnTable,
  type Network,
  percentile,
  runOnPort,
} from "../../support/whole-path.ts";

const { file } = folderOfFiles();
/** 10 minutes */
const WINDOWS = 4800;
const P99_MS = 20;
const NETWORK: Network = ["net:demo-spikes", "--steps"];

async function expectEqual(name: string, ...more: string[]): Promise<void> {
  const { code, stderr, decisions, summary } = await runOnPort(NETWORK, WINDOWS, ...more);
  const latencies = decisions.map(({ latencyMs }) => latencyMs);
  const ms = (share: number) => percentile(latencies, share).toFixed(1);
  console.log(
    `${name}: ${decisions.length} decisions, ${summary.live?.lost} samples lost, from sample to decision p50 ${ms(0.5)} ms, p99 ${ms(0.99)} ms, at most ${ms(1)} ms`,
  );
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  const table = file("table.csv", asTable(WINDOWS));
  expect(decisions.map(({ document }) => decided(document))).toEqual(
    await decidedOnTable(NETWORK[0], table),
  );
  expect(summary.live).toMatchObject({ lost: 0, droppedWindows: 0 });
  expect(percentile(latencies, 0.99)).toBeLessThanOrEqual(P99_MS);
}

describe("ten minutes of samples of a port", () => {
  builtTest("on this computer", () => expectEqual("local"));

  describe("on a board", () => {
    let board: PosixBoard | null = null;
    const missing = NOT_BUILT ?? missingPosix();
    beforeAll(async () => {
      if (missing === null) board = await PosixBoard.start();
    });
    afterAll(() => board?.close());
    testUnless(missing)("of a process", () =>
      expectEqual("posix board", "--target", `board:${board?.path}`),
    );
  });
});
