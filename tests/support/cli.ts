/** The command line in this process: arguments in, exit code and both streams out. The cache is the test's own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Io } from "../../host/cli/io.ts";
import { runCli } from "../../host/cli/program.ts";
import type { Problem } from "../../host/errors.ts";
import { processorTime, systemClock } from "../../host/units.ts";

export type Ran = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** A terminal in the place of a stream: what is said only to who waits before one. */
export function terminal() {
  let text = "";
  return { screen: { isTTY: true, write: (more: string) => (text += more) }, text: () => text };
}

export async function cli(args: readonly string[], more: Partial<Io> = {}): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  const io: Io = {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    stdin: (async function* () {})(),
    env: {},
    clock: systemClock,
    processorTime,
    signal: new AbortController().signal,
    unread: new AbortController().signal,
    threads: false,
    ...more,
  };
  const code = await runCli(args, io, "0.0.0");
  return { code, stdout, stderr };
}

/** Any document: tests say by their expectations what should be in it. */
// biome-ignore lint/suspicious/noExplicitAny: every verb has fields of its own
export type Document = Record<string, any>;

/** The same with --json; the document is all that stdout may hold, on one line. */
export async function cliJson(
  args: readonly string[],
  more: Partial<Io> = {},
): Promise<Ran & { readonly document: Document }> {
  const ran = await cli([...args, "--json"], more);
  if (!/^\{.*\}\n$/.test(ran.stdout)) throw new Error(`not one document: ${ran.stdout}`);
  const document: Document = JSON.parse(ran.stdout);
  const { schema, ok, warnings } = document;
  // a signal's exit code says that it was cut short, not that it failed
  const done = ran.code === 0 || ran.code > 128;
  if (schema !== 1 || ok !== done || !Array.isArray(warnings)) {
    throw new Error(`exit code ${ran.code} with ${ran.stdout}`);
  }
  return { ...ran, document };
}

/** Exit code and the codes of all errors, of a call that must fail. The same call without --json must agree. */
export async function failure(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly errors: readonly Problem[] }> {
  const { code, document } = await cliJson(args);
  const plain = await cli(args);
  const errors: readonly Problem[] = document.errors ?? [];
  for (const error of errors) {
    const complete = ["code", "where", "got", "expected", "remedy"] as const;
    const missing = complete.filter((key) => typeof error[key] !== "string" || error[key] === "");
    if (missing.length > 0) throw new Error(`${missing} missing in ${JSON.stringify(error)}`);
    if (!plain.stderr.includes(`${error.code}: `)) throw new Error(`no code in ${plain.stderr}`);
  }
  if (plain.code !== code || plain.stdout !== "") {
    throw new Error(`without --json: exit code ${plain.code}, ${plain.stdout}`);
  }
  if (/\n\s+at /.test(plain.stderr)) throw new Error(`a stack trace: ${plain.stderr}`);
  return { code, errors };
}

/** "USAGE 2": what a call failed with. */
export async function failedWith(...args: readonly string[]): Promise<string> {
  const { code, errors } = await failure(...args);
  return `${[...new Set(errors.map((error) => error.code))].join("+")} ${code}`;
}

/** A folder for one test file, with a cache of compiled modules in it. */
export function folderOfFiles() {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-cli-"));
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = join(folder, "cache");
  afterAll(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    rmSync(folder, { recursive: true, force: true });
  });
  const path = (name: string) => join(folder, name);
  return {
    path,
    /** Writes a file and returns its path. */
    file(name: string, content: string | Uint8Array): string {
      writeFileSync(path(name), content);
      return path(name);
    },
  };
}
