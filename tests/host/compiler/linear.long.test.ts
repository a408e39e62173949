/** As linear.test.ts, to the module: asc takes most of the time, and is not counted. */
import { expect, test } from "vitest";
import { folderOfFiles } from "../../support/cli.ts";
import { growth } from "../../support/linear-networks.ts";

const { path } = folderOfFiles();

test.each(["layered", "spiking"] as const)(
  "%s, from the file to the module: twice the operators, at most 2.2 times the work at every place",
  (kind) => {
    expect(growth(kind, "whole", [400, 800, 1600], path(""))).toEqual([]);
  },
);
