import { expect, test } from "vitest";
import { fuzzTargets } from "../../support/fuzz-targets.ts";
import { fuzzModules } from "../../support/module-fuzz.ts";

test("200 damaged modules: each works or gives one coded error", async () => {
  const { counts, failures } = await fuzzModules(await fuzzTargets(), 200);
  console.log(Object.fromEntries(counts));
  expect(failures).toEqual([]);
  // the campaign reaches every stage: form, hash, ABI, and modules that still run
  for (const code of ["works", "MODULE_FORMAT", "MODULE_ABI", "MODULE_DAMAGED"]) {
    expect(counts.get(code) ?? 0, code).toBeGreaterThan(0);
  }
});
