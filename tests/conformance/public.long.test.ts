/** Public networks on the boards here, over their lines, and a large one wherever it fits: every byte, both roundings. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { Board, EMULATED, missingBoards } from "../support/boards.ts";
import { cli } from "../support/cli.ts";
import { dataTest, hasData } from "../support/data.ts";
import { missingPosix, posixProgram } from "../support/posix-board.ts";
import { firstLargeRun, LARGE_CASE, PUBLIC_CASES, publicRun } from "../support/public-cases.ts";
import { testUnless } from "../support/skip.ts";
import { ROUNDINGS, TARGETS } from "./targets.ts";

/** As a user's own program runs them: with this machine's products alone. */
const HERE = TARGETS.filter(({ engine }) => !engine);
const NO_DATA = { reason: "no test data", fix: "set TWENTYWATT_DATA to the data folder" };
const folder = mkdtempSync(join(tmpdir(), "twentywatt-public-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function equals(args: readonly string[]): Promise<void> {
  const { code, stderr } = await cli(args);
  expect(code, stderr).toBe(0);
}

describe.each(ROUNDINGS)(`${LARGE_CASE}, %s`, (rounding) => {
  for (const { name, build, flavour } of HERE) {
    const options = ["--build", build, ...(build === "simd" ? ["--flavour", flavour] : [])];
    dataTest(name, () => equals([...publicRun(LARGE_CASE, rounding), ...options]));
  }
  testUnless(hasData ? missingPosix() : NO_DATA)("wasm3, one inference", async () => {
    await posixProgram();
    await equals([...firstLargeRun(folder, rounding), "--target", "wasm3"]);
  });
});

describe.each(EMULATED)("%s", (name) => {
  let running: Promise<Board> | null = null;
  afterAll(async () => (await running)?.close());
  const test = testUnless(hasData ? missingBoards() : NO_DATA);
  const onBoard = async (args: readonly string[]): Promise<void> => {
    running ??= Board.start(name);
    const { path } = await running;
    await equals([...args, "--target", `board:${path}`]);
  };
  for (const rounding of ROUNDINGS) {
    for (const network of PUBLIC_CASES) {
      test(`${network}, ${rounding}`, () => onBoard(publicRun(network, rounding)));
    }
    test(`${LARGE_CASE}, one inference, ${rounding}`, () =>
      onBoard(firstLargeRun(folder, rounding)));
  }
});
