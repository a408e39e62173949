/** As strange-files.test.ts, with pipes and devices that bring sound lines, or noise, without an end. */
import { expect, test } from "vitest";
import { folderOfFiles } from "../../support/cli.ts";
import { readStrange } from "../../support/strange-reads.ts";

const { path } = folderOfFiles();

test("each for each file", async () => {
  const { failures, ...outcome } = await readStrange(path(""));
  console.log(outcome);
  expect(failures).toEqual([]);
});
