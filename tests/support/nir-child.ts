/**
 * A process that imports and plans one .nir file per message, as `inspect` would. Answers with "works", the code of the
 * error, or what went wrong instead. A process of its own: its memory can be seen, and its death is an answer too.
 */
import { DEFAULT_OPTIONS, plan } from "../../host/compiler/index.ts";
import { TwentyWattError } from "../../host/errors.ts";
import { importModel } from "../../host/importers/index.ts";

export type Answer = {
  readonly answer: string;
  readonly ms: number;
  /** largest resident memory of the process so far */
  readonly peakBytes: number;
};

async function answerOf(file: Uint8Array): Promise<string> {
  try {
    plan(await importModel(file, "fuzz.nir"), DEFAULT_OPTIONS);
    return "works";
  } catch (error) {
    if (error instanceof TwentyWattError && error.problems.length > 0) return error.code;
    return `not coded: ${error instanceof Error ? error.stack : error}`.slice(0, 600);
  }
}

process.on("message", async (file: Uint8Array) => {
  const start = performance.now();
  const answer = await answerOf(file);
  const ms = performance.now() - start;
  process.send?.({ answer, ms, peakBytes: process.resourceUsage().maxRSS * 1024 } satisfies Answer);
});
process.send?.("ready");
