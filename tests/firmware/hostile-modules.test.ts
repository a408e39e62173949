/** Modules that lie about the kernels and constants they have, under sanitizers. `npm run test:long` has a hundred thousand. */
import { expect } from "vitest";
import { hostileCampaign } from "../support/hostile-modules.ts";
import { missingFeature } from "../support/packages.mjs";
import { testUnless } from "../support/skip.ts";

const COUNT = 1500;

testUnless(missingFeature("cc32"))(
  `${COUNT} modules: refused, run or trap, and nothing else`,
  async () => {
    const [refused, pure, native, trapped] = await hostileCampaign(0, COUNT);
    console.log(
      `${refused} refused, ${pure} run as they are, ${native} with kernels, ${trapped} trap`,
    );
    // each way is taken: changes that all come to nothing would pass otherwise
    for (const count of [refused, native, trapped]) expect(count).toBeGreaterThan(COUNT / 50);
    expect(pure).toBeGreaterThan(0);
  },
  600_000,
);
