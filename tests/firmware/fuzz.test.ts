/** 10^5 random and mutated frames, commands and modules into the whole core, under AddressSanitizer; ours under UBSan. */
import { expect } from "vitest";
import { fuzzCore } from "../support/firmware-fuzz.ts";
import { compilerTest } from "../support/firmware-program.ts";

const SEED = 1;
const COUNT = 100_000;
/** half a minute where nothing else runs, the program's own compilation included */
const PATIENCE_MS = 600_000;

compilerTest(
  `${COUNT} units of noise, seed ${SEED}`,
  async () => {
    const { output, expected, summary } = await fuzzCore(SEED, COUNT);
    console.log(`seed ${SEED}: ${summary}`);
    expect(output).toBe(expected);
  },
  PATIENCE_MS,
);
