/** Signals at random moments, with the program as its own process: each verb that writes, a few times. */
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
  "two of each verb: whole files or old ones, the codes of signals, nothing left over",
  async () => {
    writeFileSync(path("rows.csv"), "1,2,3,4,5,6\n".repeat(50_000));
    const recording = longRecording(path("long.rec"));
    const work = jobs(model, path("rows.csv"), recording);
    const { failures, ...outcome } = await interruptAtRandom(
      path(""),
      work,
      1,
      Number(process.env.KILLS ?? 2),
    );
    console.log(outcome);
    expect(failures).toEqual([]);
  },
);

testUnless(NOT_BUILT ?? missingPosix())(
  "four deployments: the board has the old module or the new one",
  async () => {
    const board = await PosixBoard.start();
    try {
      const { failures, ...outcome } = await interruptAtRandom(
        path(""),
        [deployments(board)],
        2,
        Number(process.env.KILLS ?? 4),
      );
      console.log(outcome);
      expect(failures).toEqual([]);
    } finally {
      await board.close();
    }
  },
);
