/** Tests of networks on every board that there is: each board is started once, by the first test that needs it. */
import { afterAll, beforeAll, describe, type TestContext } from "vitest";
import { isEmulated } from "../support/boards.ts";
import { testUnless } from "../support/skip.ts";
import { PATIENCE_MS, prepareAll } from "./board-agreement.ts";
import { BOARD_CASES, type BoardCase, missingData } from "./board-cases.ts";
import { BOARD_ROWS, type RunningBoard } from "./targets.ts";

export type BoardTest = {
  readonly name: string;
  readonly one: BoardCase;
  readonly check: (board: RunningBoard, one: BoardCase, context: TestContext) => Promise<void>;
  readonly patienceMs: number;
};

export function onEveryBoard(tests: readonly BoardTest[]): void {
  for (const { name: board, missing, start } of BOARD_ROWS) {
    // the emulated boards side by side: each is a process of its own that this one mostly waits for
    const suite = isEmulated(board) ? describe.concurrent : describe;
    suite(board, () => {
      let running: Promise<RunningBoard> | null = null;
      beforeAll(async () => {
        if (!missing) await prepareAll(board, BOARD_CASES);
      }, PATIENCE_MS);
      afterAll(async () => (await running)?.close());
      if (missing) testUnless(missing)(`all ${BOARD_CASES.length} networks`, () => {});
      for (const { name, one, check, patienceMs } of missing ? [] : tests) {
        const body = async (context: TestContext) => {
          running ??= start();
          await check(await running, one, context);
        };
        testUnless(missingData(one))(name, body, patienceMs);
      }
    });
  }
}
