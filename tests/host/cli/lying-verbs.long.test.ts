/** The same as lying-verbs.test.ts, with other seeds and thirty times as many. */
import { expect, test } from "vitest";
import { folderOfFiles } from "../../support/cli.ts";
import { lieToVerbs } from "../../support/lies-campaign.ts";

folderOfFiles(); // a cache of its own

test("2,000 lying boards", async () => {
  const { failures, ...outcome } = await lieToVerbs(10_000, 2000);
  console.log(outcome);
  expect(failures).toEqual([]);
});
