/** The built program under a newer Node than this one may be: same bytes, and not a word from Node itself. */
import { existsSync } from "node:fs";
import { expect } from "vitest";
import { testUnless } from "../support/skip.ts";
import { otherNode } from "./other-node.ts";
import { MAIN, sameAsHere } from "./subset.ts";

/** The newest; test:long takes all. */
const MAJOR = 24;

const node = existsSync(MAIN)
  ? await otherNode(MAJOR)
  : { reason: "the program is not built", fix: "npm run build" };

testUnless(typeof node === "string" ? null : node)(
  `Node ${MAJOR}: compile, inspect, run, record, replay and a serial sensor as here`,
  () => {
    if (typeof node !== "string") return;
    sameAsHere(node);
    expect(node).toContain(`@${MAJOR}.`);
  },
);
