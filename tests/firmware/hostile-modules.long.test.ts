/** hostile-modules.test.ts with a hundred thousand modules. */
import { expect } from "vitest";
import { hostileCampaign } from "../support/hostile-modules.ts";
import { missingFeature } from "../support/packages.mjs";
import { testUnless } from "../support/skip.ts";

const COUNT = 100_000;
const FROM = 1_000_000;

testUnless(missingFeature("cc32"))(`${COUNT} modules`, async () => {
  const [refused, pure, native, trapped] = await hostileCampaign(FROM, COUNT);
  console.log(
    `${refused} refused, ${pure} run as they are, ${native} with kernels, ${trapped} trap`,
  );
  expect(refused + pure + native + trapped).toBe(COUNT);
});
