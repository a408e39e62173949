/**
 * Pipes, sockets, folders, devices, loops of links and files of 10 GB as every argument that names a file to read: an end,
 * with a result or a code, and no memory that grows with them.
 */
import { expect, test } from "vitest";
import { folderOfFiles } from "../../support/cli.ts";
import { readStrange } from "../../support/strange-reads.ts";

const { path } = folderOfFiles();
/** What is read to a limit of many megabytes. */
const LONG = /urandom|without an end/;

test("each for each file, but for those that are read for long", async () => {
  const { failures, ...outcome } = await readStrange(path(""), (what) => !LONG.test(what));
  console.log(outcome);
  expect(failures).toEqual([]);
});
