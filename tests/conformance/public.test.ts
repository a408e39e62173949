/** Public networks from the files people hold to the bytes they know; public.long.test.ts has boards, and a large one. */
import { expect } from "vitest";
import { cli } from "../support/cli.ts";
import { dataTest, hasData } from "../support/data.ts";
import { missingPosix, posixProgram } from "../support/posix-board.ts";
import { LARGE_CASE, PUBLIC_CASES, publicRun } from "../support/public-cases.ts";
import { testUnless } from "../support/skip.ts";
import { ROUNDINGS, TARGETS } from "./targets.ts";

/** As a user's own program runs them: with this machine's products alone. */
const HERE = TARGETS.filter(({ engine }) => !engine);
const NO_DATA = { reason: "no test data", fix: "set TWENTYWATT_DATA to the data folder" };

async function equals(args: readonly string[]): Promise<void> {
  const { code, stderr } = await cli(args);
  expect(code, stderr).toBe(0);
}

for (const name of PUBLIC_CASES) {
  for (const rounding of ROUNDINGS) {
    // recurrent.test.ts has every build of the LSTM
    for (const { name: row, build, flavour } of name === "trained_lstm_int8" ? [] : HERE) {
      const options = ["--build", build, ...(build === "simd" ? ["--flavour", flavour] : [])];
      dataTest(`${name}, ${row}, ${rounding}: every byte`, () =>
        equals([...publicRun(name, rounding), ...options]),
      );
    }
    testUnless(hasData ? missingPosix() : NO_DATA)(
      `${name}, wasm3, ${rounding}: every byte`,
      async () => {
        await posixProgram();
        await equals([...publicRun(name, rounding), "--target", "wasm3"]);
      },
    );
  }
}

dataTest(`${LARGE_CASE}: every byte`, () => equals(publicRun(LARGE_CASE, "double")));
