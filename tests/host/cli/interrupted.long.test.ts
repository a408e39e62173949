/** Signals at random moments of every verb that writes, and of deployments to a board. */
import { writeFileSync } from "node:fs";
import { expect } from "vitest";
import { builtTest, NOT_BUILT } from "../../support/built.ts";
import { flattenFiles } from "../../support/flatten-files.ts";
import { interruptAtRandom } from "../../support/interrupted.ts";
import { deployments, jobs, longRecording } from "../../support/interrupted-jobs.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";

const { path, model } = flattenFiles();

builtTest(
  "24 of each verb: whole files or old ones, the codes of signals, nothing left",
  async () => {
    writeFileSync(path("rows.csv"), "1,2,3,4,5,6\n".repeat(50_000));
    const all = jobs(model, path("rows.csv"), longRecording(path("long.rec"), 40));
    const { failures, ...outcome } = await interruptAtRandom(path(""), all, 1, 24);
    console.log(outcome);
    expect(failures).toEqual([]);
  },
);

testUnless(NOT_BUILT ?? missingPosix())(
  "24 deployments: the old module or the new one",
  async () => {
    const board = await PosixBoard.start();
    try {
      const work = [deployments(board)];
      const { failures, ...outcome } = await interruptAtRandom(path(""), work, 2, 24);
      console.log(outcome);
      expect(failures).toEqual([]);
    } finally {
      await board.close();
    }
  },
);
