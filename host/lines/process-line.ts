/** A line to a board that is a process: its standard input and output. Opened again, it is another process. */
import { spawn } from "node:child_process";
import { fail } from "../errors.ts";
import type { Line } from "./line.ts";

export type ProcessLine = Line & {
  /** of the process opened last; null before the first */
  readonly pid: () => number | null;
};

export const processLine = (name: string, path: string, args: readonly string[]): ProcessLine => {
  let pid: number | null = null;
  const open: Line["open"] = ({ bytes, closed }) =>
    new Promise((resolve, reject) => {
      // in a group of its own: Ctrl-C in a terminal is for this program, which ends the other in good order
      const child = spawn(path, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
      pid = child.pid ?? null;
      let said = "";
      let here = true;
      const ended = (why: string) => {
        if (!here) return;
        here = false;
        closed(said.trim() === "" ? why : `${why}: ${said.trim()}`);
      };
      child.stderr.on("data", (text) => {
        said = `${said}${text}`.slice(-300);
      });
      child.stdout.on("data", (chunk: Uint8Array) => {
        if (here) bytes(chunk);
      });
      // what cannot be written any more is answered by nobody; the exit says so
      child.stdin.on("error", () => {});
      child.once("exit", (code, signal) => ended(`it ended (${signal ?? `exit code ${code}`})`));
      child.once("error", (cause) => {
        if (child.pid !== undefined) return ended(cause.message);
        try {
          fail("TARGET_MISSING", name, cause.message, `the program ${path}`, undefined, { cause });
        } catch (problem) {
          reject(problem);
        }
      });
      child.once("spawn", () =>
        resolve({
          write: (part) => {
            if (here) child.stdin.write(part);
          },
          close: () =>
            new Promise((done) => {
              if (!here) return done();
              here = false;
              child.once("exit", () => done());
              child.kill("SIGKILL");
            }),
        }),
      );
    });
  return { name, open, pid: () => pid };
};
