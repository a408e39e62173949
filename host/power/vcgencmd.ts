/** The program that asks the firmware of a Raspberry Pi, where its device cannot be asked. */
import { execFile } from "node:child_process";
import { fail } from "../errors.ts";

export const VCGENCMD = "vcgencmd";

/** It answers in milliseconds; one that hangs is a reading lost. */
const PATIENCE_MS = 2_000;

export type Program = {
  readonly name: string;
  /** @throws METER_MISSING where it is not there, hangs, or ends without an answer */
  readonly ask: (command: string) => Promise<string>;
  readonly close: () => void;
};

/** @param path a name that PATH is searched for, or where it stands */
export function vcgencmd(path: string): Program {
  const closed = new AbortController();
  const ask = (command: string) =>
    new Promise<string>((resolve, reject) => {
      const options = {
        timeout: PATIENCE_MS,
        killSignal: "SIGKILL",
        signal: closed.signal,
      } as const;
      execFile(path, [command], options, (error, stdout, stderr) => {
        // the firmware's refusal is an answer, whatever the exit code
        if (error === null || stdout.startsWith("error=")) return resolve(stdout);
        try {
          refuse(path, command, error, `${stderr}${stdout}`.trim());
        } catch (problem) {
          reject(problem);
        }
      });
    });
  return { name: `the program ${path}`, ask, close: () => closed.abort() };
}

function refuse(path: string, command: string, error: Error, said: string): never {
  const code = "code" in error ? error.code : null;
  if (code === "ENOENT" || code === "EACCES") {
    const got = `no device /dev/vcio that can be asked, and no program ${path} (${code})`;
    const remedy =
      "This meter is in a Raspberry Pi 5: on one, sudo apt install raspi-utils, which has vcgencmd. Elsewhere name another meter.";
    fail("METER_MISSING", "pmic", got, "a way to ask the firmware", remedy, { cause: error });
  }
  const hung = "killed" in error && error.killed === true;
  const exit = hung ? `no answer within ${PATIENCE_MS / 1000} s` : `exit code ${code}`;
  const got = said === "" ? exit : `${exit}: ${said.split("\n")[0]}`;
  const remedy =
    "sudo usermod -aG video $USER, then log in again: the firmware's device belongs to that group.";
  fail("METER_MISSING", path, got, `an answer to ${command}`, remedy, { cause: error });
}
