/** Damaged graph JSON through importer and plan, at most 50 ms and 256 MB each; survivors are compiled and run. */
import { expect, test } from "vitest";
import { fuzzGraphs, soundDocuments } from "../../../support/graph-fuzz.ts";

const { first, second } = soundDocuments();

test.each([
  ["version 1", first, 40_000, 60],
  ["version 2", second, 80_000, 200],
] as const)(
  "%s: planned or refused with a code; survivors run",
  async (_, documents, count, runs) => {
    const { failures, ...outcome } = await fuzzGraphs(documents, count, runs);
    console.log(outcome);
    expect(failures).toEqual([]);
  },
);
