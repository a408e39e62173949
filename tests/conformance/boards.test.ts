/**
 * One suite for all boards: outputs, state and counters are those of the local SIMD build, byte for byte. A few networks run
 * without native kernels too, and all of them in boards-pure.long.test.ts.
 */
import { afterAll, beforeAll, describe, type TestContext } from "vitest";
import { isEmulated } from "../support/boards.ts";
import { testUnless } from "../support/skip.ts";
import { agrees, agreesBothWays, PATIENCE_MS, prepareAll } from "./board-agreement.ts";
import { BOARD_CASES, BOTH_WAYS, missingData } from "./board-cases.ts";
import { BOARD_ROWS, type RunningBoard } from "./targets.ts";

for (const { name, missing, start } of BOARD_ROWS) {
  // the emulated boards side by side: each is a process of its own that this one mostly waits for
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
        await agrees(await running, one, context);
      };
      test(one.name, body, PATIENCE_MS);
    }
    for (const one of missing ? [] : BOTH_WAYS) {
      const test = testUnless(missingData(one));
      const body = async (context: TestContext) => {
        running ??= start();
        await agreesBothWays(await running, one, context);
      };
      test(`${one.name}, without native kernels`, body, PATIENCE_MS);
    }
  });
}
