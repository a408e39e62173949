import { defineConfig } from "vitest/config";

/** `npm test` runs *.test.ts, `npm run test:long` (mode "long") runs *.long.test.ts. */
export default defineConfig(({ mode }) => {
  const long = mode === "long";
  return {
    test: {
      include: [long ? "tests/**/*.long.test.ts" : "tests/**/*.test.ts"],
      exclude: long ? [] : ["tests/**/*.long.test.ts"],
      // for what hangs: how long a test takes is this computer's affair
      testTimeout: long ? 3_600_000 : 600_000,
      hookTimeout: 600_000,
      maxWorkers: 2,
      reporters: ["default", "./tests/support/reporter.ts"],
    },
  };
});
