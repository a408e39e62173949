/** One command, whose words are kept where it fails. */
import { execFile } from "node:child_process";

const TIMEOUT_MS = 600_000;
/** of what a failed command said: its last lines say why */
const KEPT = 600;

/** @returns its standard output. @throws what it said, where it fails or takes too long */
export function command(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly timeout?: number } = {},
): Promise<string> {
  const settings = { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024, ...options };
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, settings, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = `${stderr}`.trim().slice(-KEPT) || error.message;
      reject(new Error(`${program} ${args[0] ?? ""}: ${said}`));
    });
    child.stdin?.end();
  });
}
