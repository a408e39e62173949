/**
 * 10^5 random and mutated frames, commands and modules into the whole core, under AddressSanitizer; ours under UBSan.
 * With an odd seed the board's memory is nearly full.
 */
import { describe, expect } from "vitest";
import { fuzzCore } from "../support/firmware-fuzz.ts";
import { compilerTest } from "../support/firmware-program.ts";

const COUNT = 50_000;
/** half a minute where nothing else runs, the program's own compilation included */
const PATIENCE_MS = 600_000;

// side by side: each is a process of its own
describe.concurrent.each([1, 2])("seed %i", (seed) => {
  compilerTest(
    `${COUNT} units of noise`,
    async () => {
      const { output, expected, summary } = await fuzzCore(seed, COUNT);
      console.log(`seed ${seed}: ${summary}`);
      expect(output).toBe(expected);
    },
    PATIENCE_MS,
  );
});
