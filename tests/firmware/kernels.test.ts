/**
 * Generated kernels in C under sanitizers beside their own WebAssembly in V8: the same memory after every call that is let
 * through, and nothing touched that the wrapper has not looked at. `npm run test:long` has millions of calls.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GENERATED, generate } from "../../host/native/index.ts";
import { CALLABLE, campaign, KERNELS, summaryOf } from "../support/kernel-program.ts";
import { missingFeature } from "../support/packages.mjs";
import { testUnless } from "../support/skip.ts";

const PATIENCE_MS = 600_000;
const COUNT = 12_000;

test(
  "the C that is kept is what the kernels and the table of extents give",
  async () => {
    for (const [name, text] of await generate(GENERATED)) {
      expect([name, readFileSync(join(KERNELS, name), "utf8") === text]).toEqual([name, true]);
    }
  },
  PATIENCE_MS,
);

describe.each([64, 32] as const)("%i bits", (bits) => {
  testUnless(missingFeature(bits === 32 ? "cc32" : "cc"))(
    `${COUNT} calls`,
    async () => {
      const { findings, tally } = await campaign(bits, 0, COUNT, 0.1);
      console.log(summaryOf(tally));
      expect(findings).toEqual([]);
      // every kernel was let through: a wrapper that refuses all of its calls would pass otherwise
      const never = CALLABLE.filter(({ name }) => (tally.get(name)?.ran ?? 0) === 0);
      expect(never.map(({ name }) => name)).toEqual([]);
    },
    PATIENCE_MS,
  );
});
