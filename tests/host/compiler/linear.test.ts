/**
 * The cost of compiling is linear in the network: counted, not timed. A loop over all operators in each of them makes some
 * block run four times as often in a network twice as large.
 */
import { expect, test } from "vitest";
import { folderOfFiles } from "../../support/cli.ts";
import { growth } from "../../support/linear-networks.ts";

const { path } = folderOfFiles();

test.each(["layered", "spiking"] as const)(
  "%s, from the file to the text that asc gets: twice the operators, at most 2.2 times the work at every place",
  (kind) => {
    expect(growth(kind, "planned", [600, 1200, 2400], path(""))).toEqual([]);
  },
);
