/** Public networks from the files people hold to the bytes they know, in every build; public.long.test.ts has boards. */
import { expect } from "vitest";
import { cli } from "../support/cli.ts";
import { dataTest, hasData } from "../support/data.ts";
import { missingPosix, posixProgram } from "../support/posix-board.ts";
import { PUBLIC_CASES, publicRun } from "../support/public-cases.ts";
import { testUnless } from "../support/skip.ts";
import { ROUNDINGS, TARGETS } from "./targets.ts";

const NO_DATA = { reason: "no test data", fix: "set TWENTYWATT_DATA to the data folder" };

for (const name of PUBLIC_CASES) {
  for (const rounding of ROUNDINGS) {
    for (const { name: row, build, flavour } of TARGETS) {
      dataTest(`${name}, ${row}, ${rounding}: every byte`, async () => {
        const options = build === "simd" ? ["--flavour", flavour] : [];
        const ran = await cli([...publicRun(name, rounding), "--build", build, ...options]);
        expect(ran.code, ran.stderr).toBe(0);
      });
    }
    testUnless(hasData ? missingPosix() : NO_DATA)(
      `${name}, wasm3, ${rounding}: every byte`,
      async () => {
        await posixProgram();
        const ran = await cli([...publicRun(name, rounding), "--target", "wasm3"]);
        expect(ran.code, ran.stderr).toBe(0);
      },
    );
  }
}
