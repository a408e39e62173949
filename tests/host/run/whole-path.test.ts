/** Vibration from a process on a pseudo-terminal to decisions: those of the same samples in a file, none lost. */
import { afterAll, beforeAll, describe, expect } from "vitest";
import { builtTest, NOT_BUILT } from "../../support/built.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";
import {
  asTable,
  decided,
  decidedOnTable,
  HOP,
  NETWORKS,
  type Network,
  runOnPort,
} from "../../support/whole-path.ts";

const { file } = folderOfFiles();
/** 5 s */
const WINDOWS = 40;

async function expectEqual(network: Network, ...more: string[]): Promise<void> {
  const { code, stderr, summary, decisions } = await runOnPort(network, WINDOWS, ...more);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  const table = file("table.csv", asTable(WINDOWS));
  expect(decisions.map(({ document }) => decided(document))).toEqual(
    await decidedOnTable(network[0], table),
  );
  expect(summary.live).toMatchObject({ lost: 0, droppedWindows: 0 });
  expect(summary.live.samples).toBeGreaterThanOrEqual(WINDOWS * HOP);
  const classes = new Set(decisions.map(({ document }) => document.sample.decided));
  expect(classes.size, "the machine was in several states").toBeGreaterThan(1);
}

describe.each(NETWORKS)("%s on the samples of a port", (...network) => {
  builtTest("on this computer", () => expectEqual(network));

  describe("on a board", () => {
    let board: PosixBoard | null = null;
    const missing = NOT_BUILT ?? missingPosix();
    beforeAll(async () => {
      if (missing === null) board = await PosixBoard.start();
    });
    afterAll(() => board?.close());
    testUnless(missing)("of a process", () =>
      expectEqual(network, "--target", `board:${board?.path}`),
    );
  });
});
