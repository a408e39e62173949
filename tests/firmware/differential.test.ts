/**
 * Generated modules in the firmware's core and WASM3 under sanitizers, in V8 and before the host's validator: results,
 * traps and memory are the same, a board refuses what the host refuses and nothing else, and takes as much of its arena
 * as `inspect` says. `npm run test:long` has a hundred thousand of them.
 */
import { describe, expect } from "vitest";
import type { Variant } from "../support/differential.ts";
import { campaign, summary } from "../support/differential-campaign.ts";
import { missingFeature } from "../support/packages.mjs";
import { testUnless } from "../support/skip.ts";

const COUNT = 300;
const PATIENCE_MS = 600_000;

const VARIANTS: readonly Variant[] = [
  { bits: 64, arena: "blocks" },
  { bits: 32, arena: "board" },
];

describe.each(VARIANTS)("$bits bits, arena of $arena", (variant) => {
  testUnless(missingFeature(variant.bits === 32 ? "cc32" : "cc"))(
    `${COUNT} modules`,
    async () => {
      const counts = await campaign(variant, 0, COUNT);
      console.log(summary(counts));
      expect(counts.findings).toEqual([]);
      expect(counts.steps).toBeGreaterThan(COUNT);
    },
    PATIENCE_MS,
  );
});
