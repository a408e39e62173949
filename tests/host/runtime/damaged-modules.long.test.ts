import { expect, test } from "vitest";
import { fuzzTargets } from "../../support/fuzz-targets.ts";
import { fuzzModules } from "../../support/module-fuzz.ts";

test("2,000 damaged modules: each works or gives one coded error", async () => {
  const { counts, failures } = await fuzzModules(await fuzzTargets(), 2000);
  console.log(Object.fromEntries(counts));
  expect(failures).toEqual([]);
});
