/** Boards that lie in everything, against every verb that speaks to one: an end, a code, no loop, no memory that grows. */
import { expect, test } from "vitest";
import { folderOfFiles } from "../../support/cli.ts";
import { lieToVerbs } from "../../support/lies-campaign.ts";

folderOfFiles(); // a cache of its own

test("60 lying boards", async () => {
  const { failures, ...outcome } = await lieToVerbs(1, 60);
  console.log(outcome);
  expect(failures).toEqual([]);
});
