/** kernels.test.ts with a million calls as modules make them, and a million sets of hostile arguments, in either width. */
import { describe, expect } from "vitest";
import { campaign, summaryOf } from "../support/kernel-program.ts";
import { missingFeature } from "../support/packages.mjs";
import { testUnless } from "../support/skip.ts";

const COUNT = 1_000_000;
const FROM = 10_000_000;

// side by side: each is a process of its own
describe.concurrent.each([
  { bits: 64, hostility: 0.1 },
  { bits: 32, hostility: 0.1 },
  { bits: 64, hostility: 1 },
  { bits: 32, hostility: 1 },
] as const)("$bits bits, $hostility of the calls hostile", ({ bits, hostility }) => {
  testUnless(missingFeature(bits === 32 ? "cc32" : "cc"))(`${COUNT} calls`, async () => {
    const { findings, tally } = await campaign(bits, FROM, COUNT, hostility);
    console.log(summaryOf(tally));
    expect(findings).toEqual([]);
  });
});
