#!/usr/bin/env node
/** The program `twentywatt`: what the process is to the commands, and how it ends. */
import { readFileSync } from "node:fs";
import { describe, problem } from "../errors.ts";
import { isSystemError } from "../files/file.ts";
import { removeTemporaries } from "../temporary.ts";
import { processorTime, systemClock } from "../units.ts";
import type { Io } from "./io.ts";
import { runCli } from "./program.ts";
import { EXIT, SIGNALS } from "./result.ts";
import { say } from "./say.ts";

const interrupt = new AbortController();
const unread = new AbortController();

// the first asks for the summary so far; the second ends at once, and leaves nothing half written
for (const name of SIGNALS) {
  process.on(name, () => {
    if (!interrupt.signal.aborted) return interrupt.abort(name);
    removeTemporaries();
    process.exit(EXIT[name]);
  });
}

/** `| head` closes the pipe: nothing to say about that. A full disk behind `>` is a failure. */
const lost: Error[] = [];
process.stdout.on("error", (error) => {
  unread.abort();
  if (!(isSystemError(error) && error.code === "EPIPE")) lost.push(error);
});
process.stderr.on("error", () => {});

const io: Io = {
  stdout: process.stdout,
  stderr: process.stderr,
  // to look at process.stdin opens it, and what shares that pipe would no longer wait in it
  stdin: { [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() },
  env: process.env,
  clock: systemClock,
  processorTime,
  signal: interrupt.signal,
  unread: unread.signal,
  threads: true,
};

let code = await runCli(process.argv.slice(2), io, version());
// flushed, or failed, before the exit code is final
await flushed(process.stdout);
if (lost[0] !== undefined) {
  const { message } = lost[0];
  say(process.stderr, describe(problem("IO", "stdout", message, "room for the result")));
  code = EXIT.failed;
}
await flushed(process.stderr);
// a read of a pipe nobody writes to must not hold the program
process.exit(code);

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

/** Beside the sources and above build/ alike. */
function version(): string {
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      const found = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8"));
      if (found.name === "twentywatt") return found.version;
    } catch {
      // the other place
    }
  }
  return "unknown";
}
