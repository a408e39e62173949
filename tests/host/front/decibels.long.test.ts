/** decibels.test.ts over 10⁴ random inputs for each front end. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { LOGARITHMIC, largestDeviation } from "../../support/front-logarithms.ts";

test.each(LOGARITHMIC)("%s within 0.01 dB down to 80 dB below the loudest", async (name) => {
  const { decibels, input, cells } = await largestDeviation(name, 10_000, mulberry32(6));
  console.log(`${name}: ${decibels.toFixed(5)} dB at most (${input}), ${cells} cells`);
  expect(decibels, input).toBeLessThan(0.01);
  expect(cells).toBeGreaterThan(100_000);
});
