/** The whole chain as compiled, window to logarithm, against float64; tests/host/front/decibels.long.test.ts takes 10⁴. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { LOGARITHMIC, largestDeviation } from "../../support/front-logarithms.ts";

test.each(LOGARITHMIC)("%s within 0.01 dB down to 80 dB below the loudest", async (name) => {
  const { decibels, input, cells } = await largestDeviation(name, 100, mulberry32(5));
  // 0.0007 here, 0.0014 over 10⁴ inputs; a table of the logarithm with one entry too few gives 0.017
  expect(decibels, input).toBeLessThan(0.01);
  expect(cells).toBeGreaterThan(1000);
});
