/** Vibration from a process on a pseudo-terminal to decisions: those of the same samples in a file, none lost. */
import { afterAll, beforeAll, describe, expect } from "vitest";
import { builtTest, NOT_BUILT } from "../../support/built.ts";
import { cliJson, folderOfFiles } from "../../support/cli.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";
import { asFile, HOP, runOnPort } from "../../support/whole-path.ts";

const { file } = folderOfFiles();
/** 10 s */
const DECISIONS = 80;
const NETWORK = "net:demo-int8?input=samples";

async function expectEqual(...more: string[]): Promise<void> {
  const ran = await runOnPort(NETWORK, DECISIONS, ...more);
  expect({ code: ran.code, stderr: ran.code === 0 ? "" : ran.stderr }).toEqual({
    code: 0,
    stderr: "",
  });
  const rows = file("rows.csv", asFile(DECISIONS));
  const { document } = await cliJson(["run", NETWORK, "--input", rows]);
  expect(ran.summary.outputs).toEqual(document.outputs);
  expect(ran.decisions).toHaveLength(DECISIONS);
  expect(ran.summary.live).toMatchObject({ lost: 0, droppedWindows: 0, saturatedValues: 0 });
  expect(ran.summary.live.samples).toBeGreaterThanOrEqual(DECISIONS * HOP);
  const decided = new Set(ran.decisions.map(({ document: one }) => one.sample.decided));
  expect(decided.size, "the machine was in several states").toBeGreaterThan(2);
}

describe("samples of a port", () => {
  builtTest("on this computer", () => expectEqual());

  describe("on a board", () => {
    let board: PosixBoard | null = null;
    const missing = NOT_BUILT ?? missingPosix();
    beforeAll(async () => {
      if (missing === null) board = await PosixBoard.start();
    });
    afterAll(() => board?.close());
    testUnless(missing)("of a process", () => expectEqual("--target", `board:${board?.path}`));
  });
});
