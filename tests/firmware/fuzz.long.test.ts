/** 10^6 units of noise: fuzz.test.ts, ten times as long and with another seed. */
import { expect } from "vitest";
import { fuzzCore } from "../support/firmware-fuzz.ts";
import { compilerTest } from "../support/firmware-program.ts";

const SEED = 2026;
const COUNT = 1_000_000;

compilerTest(`${COUNT} units of noise, seed ${SEED}`, async () => {
  const { output, expected, summary } = await fuzzCore(SEED, COUNT);
  console.log(`seed ${SEED}: ${summary}`);
  expect(output).toBe(expected);
});
