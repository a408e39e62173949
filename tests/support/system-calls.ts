/** The real system calls, for tests that speak to the kernel; where koffi is left out they skip. */
import { TwentyWattError } from "../../host/errors.ts";
import { loadSystemCalls } from "../../host/linux/libc.ts";
import type { SystemCalls } from "../../host/linux/system-calls.ts";
import { type NamedTest, testUnless } from "./skip.ts";

const loaded = await loadSystemCalls().catch((error: unknown) => {
  if (error instanceof TwentyWattError) return error;
  throw error;
});

const [problem] = loaded instanceof TwentyWattError ? loaded.problems : [];
export const kernelTest: NamedTest = testUnless(
  problem ? { reason: problem.got, fix: problem.remedy } : null,
);

export function systemCalls(): SystemCalls {
  if (loaded instanceof TwentyWattError) throw loaded;
  return loaded;
}
