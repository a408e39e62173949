/** Every network on every board without native kernels, and resumed from one way to the other. */
import { afterAll, beforeAll, describe, type TestContext } from "vitest";
import { isEmulated } from "../support/boards.ts";
import { testUnless } from "../support/skip.ts";
import { agreesBothWays, PATIENCE_MS, prepareAll } from "./board-agreement.ts";
import { BOARD_CASES, missingData } from "./board-cases.ts";
import { BOARD_ROWS, type RunningBoard } from "./targets.ts";

for (const { name, missing, start } of BOARD_ROWS) {
  const suite = isEmulated(name) ? describe.concurrent : describe;
  suite(name, () => {
    let running: Promise<RunningBoard> | null = null;
    beforeAll(async () => {
      if (!missing) await prepareAll(name, BOARD_CASES);
    }, PATIENCE_MS);
    afterAll(async () => (await running)?.close());
    if (missing) testUnless(missing)(`all ${BOARD_CASES.length} networks`, () => {});
    for (const one of missing ? [] : BOARD_CASES) {
      const test = testUnless(missingData(one));
      const body = async (context: TestContext) => {
        running ??= start();
        await agreesBothWays(await running, one, context);
      };
      test(one.name, body, 4 * PATIENCE_MS);
    }
  });
}
