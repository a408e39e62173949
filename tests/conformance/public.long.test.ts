/** Public networks on the boards here, over their lines: every byte of every inference, in both roundings. */
import { afterAll, describe, expect } from "vitest";
import { Board, EMULATED, missingBoards } from "../support/boards.ts";
import { cli } from "../support/cli.ts";
import { hasData } from "../support/data.ts";
import { PUBLIC_CASES, publicRun } from "../support/public-cases.ts";
import { testUnless } from "../support/skip.ts";
import { ROUNDINGS } from "./targets.ts";

const NO_DATA = { reason: "no test data", fix: "set TWENTYWATT_DATA to the data folder" };

describe.each(EMULATED)("%s", (name) => {
  let running: Promise<Board> | null = null;
  afterAll(async () => (await running)?.close());
  for (const network of PUBLIC_CASES) {
    for (const rounding of ROUNDINGS) {
      testUnless(hasData ? missingBoards() : NO_DATA)(`${network}, ${rounding}`, async () => {
        running ??= Board.start(name);
        const { path } = await running;
        const ran = await cli([...publicRun(network, rounding), "--target", `board:${path}`]);
        expect(ran.code, ran.stderr).toBe(0);
      });
    }
  }
});
