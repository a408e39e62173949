/** differential.test.ts with 10^5 modules, in each width, and on the board's own arena. */
import { describe, expect } from "vitest";
import type { Variant } from "../support/differential.ts";
import { campaign, summary } from "../support/differential-campaign.ts";
import { missingFeature } from "../support/packages.mjs";
import { testUnless } from "../support/skip.ts";

const COUNT = 100_000;
const FROM = 1_000_000;

const VARIANTS: readonly Variant[] = [
  { bits: 64, arena: "blocks" },
  { bits: 32, arena: "blocks" },
  { bits: 32, arena: "board" },
];

// side by side: each is a process of its own
describe.concurrent.each(VARIANTS)("$bits bits, arena of $arena", (variant) => {
  testUnless(missingFeature(variant.bits === 32 ? "cc32" : "cc"))(`${COUNT} modules`, async () => {
    const counts = await campaign(variant, FROM, COUNT);
    console.log(summary(counts));
    expect(counts.findings).toEqual([]);
  });
});
