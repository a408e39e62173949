import { defineConfig } from "vitest/config";

/** `npm test` runs *.test.ts; `npm run test:long` sets TW_LONG and runs *.long.test.ts. */
const long = process.env.TW_LONG === "1";

export default defineConfig({
  test: {
    include: [long ? "tests/**/*.long.test.ts" : "tests/**/*.test.ts"],
    exclude: long ? [] : ["tests/**/*.long.test.ts"],
    testTimeout: long ? 3_600_000 : 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
