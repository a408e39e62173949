/** The built program, which tests of processes start; without `npm run build` they skip loudly. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./readmes.ts";
import { type Missing, testUnless } from "./skip.ts";

export const MAIN = join(ROOT, "build/host/cli/main.js");

export const NOT_BUILT: Missing | null = existsSync(MAIN)
  ? null
  : { reason: "the program is not built", fix: "npm run build" };

export const builtTest = testUnless(NOT_BUILT);
