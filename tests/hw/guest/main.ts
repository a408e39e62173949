/** Runs all tests of the virtual machine, one after another, and writes down what became of each. */
import { appendFileSync } from "node:fs";
import { type GuestResult, type GuestTest, NotHere } from "./guest-test.ts";
import { SUITES } from "./suites.ts";

/** For what hangs. */
const TIMEOUT_MS = 600_000;
const [results = ""] = process.argv.slice(2);

async function run({ name, body }: GuestTest): Promise<GuestResult> {
  const start = performance.now();
  const result = (outcome: GuestResult["outcome"], text: string): GuestResult => ({
    ...{ name, outcome, text, seconds: (performance.now() - start) / 1000 },
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("hangs")), TIMEOUT_MS);
  });
  try {
    await Promise.race([body(), late]);
    return result("passed", "");
  } catch (error) {
    if (error instanceof NotHere) return result("skipped", error.message);
    return result("failed", error instanceof Error ? (error.stack ?? error.message) : `${error}`);
  } finally {
    clearTimeout(timer);
  }
}

// what a test leaves behind must not end the others
process.on("unhandledRejection", (error) => console.error("unhandled", error));
const only = new RegExp(process.env.TW_ONLY ?? "");
for (const test of Object.values(SUITES).flat()) {
  if (!only.test(test.name)) continue;
  const result = await run(test);
  appendFileSync(results, `${JSON.stringify(result)}\n`);
}
process.exit(0);
