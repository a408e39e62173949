/** The same as lying-verbs.test.ts, with other seeds and a hundred times as many. */
import { expect, test } from "vitest";
import { folderOfFiles } from "../../support/cli.ts";
import { lieToVerbs } from "../../support/lies-campaign.ts";

folderOfFiles(); // a cache of its own

test("6,000 lying boards", async () => {
  const { failures, ...outcome } = await lieToVerbs(10_000, 6000);
  console.log(outcome);
  expect(failures).toEqual([]);
});
