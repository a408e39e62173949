/** 10^6 units of noise: fuzz.test.ts, ten times as long and with other seeds. */
import { expect } from "vitest";
import { fuzzCore } from "../support/firmware-fuzz.ts";
import { compilerTest } from "../support/firmware-program.ts";

const COUNT = 500_000;

for (const seed of [2025, 2026]) {
  compilerTest(`${COUNT} units of noise, seed ${seed}`, async () => {
    const { output, expected, summary } = await fuzzCore(seed, COUNT);
    console.log(`seed ${seed}: ${summary}`);
    expect(output).toBe(expected);
  });
}
