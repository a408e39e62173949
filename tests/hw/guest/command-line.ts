/** The command line: in this process, which is quick, and as the program that people start. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Io } from "../../../host/cli/io.ts";
import { runCli } from "../../../host/cli/program.ts";
import { processorTime, systemClock } from "../../../host/units.ts";
import { within } from "./machine.ts";

/** The repository: this file is build/tests/hw/guest/command-line.js when it runs. */
export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const MAIN = join(ROOT, "build/host/cli/main.js");

/** A network of ../vm/networks.ts: to compile one here takes a minute, and five where the computer is busy. */
export const compiled = (name: "edges" | "values"): string => `/run/results/${name}.wasm`;

// biome-ignore lint/suspicious/noExplicitAny: every verb has fields of its own
export type Document = Record<string, any>;
export type Ran = {
  readonly code: number;
  /** one a line */
  readonly documents: readonly Document[];
  readonly stderr: string;
};

const documentsOf = (stdout: string): Document[] =>
  stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Document);

/** @param heard gets standard error as it comes */
export async function json(
  args: readonly string[],
  heard: (stderr: string) => void = () => {},
  more: Partial<Io> = {},
): Promise<Ran> {
  let [stdout, stderr] = ["", ""];
  const io: Io = {
    stdout: { write: (text) => (stdout += text) },
    stderr: {
      write(text) {
        stderr += text;
        heard(stderr);
      },
    },
    stdin: (async function* () {})(),
    env: {},
    clock: systemClock,
    processorTime,
    signal: new AbortController().signal,
    unread: new AbortController().signal,
    threads: false,
    ...more,
  };
  const code = await within(args.join(" "), runCli([...args, "--json"], io, "0.0.0"));
  return { code, documents: documentsOf(stdout), stderr };
}

/** The same as a process. */
export async function program(...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...args, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  const code = await within(
    args.join(" "),
    new Promise<number>((resolve) => child.on("close", (status) => resolve(status ?? -1))),
  );
  return { code, documents: documentsOf(stdout), stderr };
}
