/** An arm64 Node in user-mode emulation. What cannot be had is reported, never raised: those tests are skipped. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Arm64Major, arm64Parts } from "../support/arm64.ts";
import { unfetched } from "../support/fetched.ts";
import { missingFeature } from "../support/packages.mjs";
import type { Missing } from "../support/skip.ts";

const run = promisify(execFile);

const RUN_TIMEOUT_MS = 300_000;

/**
 * Runs a script under arm64 Node; returns what it prints.
 *
 * @param cpu QEMU's name of the processor; its own choice if absent
 * @param flags of Node
 */
export type Arm64Node = (
  script: string,
  args: readonly string[],
  cpu?: string,
  flags?: readonly string[],
) => Promise<string>;

export async function arm64Node(major: Arm64Major = 20): Promise<Arm64Node | Missing> {
  const missing = missingFeature("arm64");
  if (missing) return missing;
  try {
    const { node, libraries } = await arm64Parts(major);
    return async (script, args, cpu, flags = []) => {
      const processor = cpu === undefined ? [] : ["-cpu", cpu];
      const command = [...processor, "-L", libraries, node, ...flags, script, ...args];
      const { stdout } = await run("qemu-aarch64-static", command, { timeout: RUN_TIMEOUT_MS });
      return stdout;
    };
  } catch (error) {
    return unfetched("arm64 Node", error, "npm, apt-get and a network");
  }
}
