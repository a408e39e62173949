/**
 * The program, ended by a signal at a moment that is drawn: what it may leave, and with which code it may end. Each job is
 * run once undisturbed; how long that took says between which moments is drawn, and what it wrote is the reference.
 */
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { mulberry32 } from "../../host/model/random.ts";
import { isTemporary } from "./abandoned.ts";
import { MAIN } from "./built.ts";

/** What a file may hold after an end that came early. */
export type Left =
  /** what was there before, or all of it */
  | "whole"
  /** besides, the first rows of it: a run says what it has done */
  | "rows"
  /** judged by the job itself */
  | "other";

export type Job = {
  readonly name: string;
  readonly args: (folder: string) => readonly string[];
  /** by name in the folder */
  readonly files: Readonly<Record<string, Left>>;
  /** running is the purpose: a signal is how it ends */
  readonly endless?: boolean;
  /** with nothing in the cache */
  readonly cold?: boolean;
  /** files that are never written over, so that nothing may be there before */
  readonly fresh?: boolean;
  /** what else must hold afterwards; a reason where it does not */
  readonly judge?: (folder: string, ending: Ending) => Promise<string | null>;
};

export type Ending = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

const SIGNALS = [
  ["SIGKILL", null],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["SIGINT", 130],
] as const;

const OLD = "what was there before\n";

export type Interruptions = {
  readonly kills: number;
  /** how many of them the program survived, or was done before */
  readonly finished: number;
  readonly failures: readonly string[];
};

/** @param home a folder of the campaign's own */
export async function interruptAtRandom(
  home: string,
  jobs: readonly Job[],
  seed: number,
  killsPerJob: number,
): Promise<Interruptions> {
  const random = mulberry32(seed);
  const failures: string[] = [];
  let [kills, finished] = [0, 0];
  for (const job of jobs) {
    const cache = mkdtempSync(join(home, "cache-"));
    const begun = await undisturbed(home, cache, job);
    for (let k = 0; k < killsPerJob; k++) {
      const [signal, code] = SIGNALS[kills % SIGNALS.length] ?? SIGNALS[0];
      const afterMs = random() * 1.05 * begun.ms;
      const folder = mkdtempSync(join(home, `${job.name.replaceAll(" ", "-")}-`));
      const old = !job.fresh && random() < 0.5;
      if (old) for (const name of Object.keys(job.files)) writeFileSync(join(folder, name), OLD);
      if (job.cold) rmSync(cache, { recursive: true, force: true });
      const ending = await call(job.args(folder), cache, { signal, afterMs });
      kills++;
      if (ending.code === 0) finished++;
      const wrong = [
        endedWell(ending, signal, code, job.endless ?? false),
        ...Object.entries(job.files).map(([name, left]) =>
          left === "other" ? null : fileAfter(folder, name, left, old, begun.files, ending),
        ),
        signal === "SIGKILL" ? null : temporariesIn([folder, cache]),
        await job.judge?.(folder, ending),
        await cleared(job, home, [folder, cache], cache),
      ].filter((one) => typeof one === "string");
      const when = `${job.name}, ${signal} after ${afterMs.toFixed(0)} of ${begun.ms.toFixed(0)} ms`;
      failures.push(...wrong.map((one) => `${when}: ${one}`));
      if (wrong.length === 0) rmSync(folder, { recursive: true, force: true });
    }
  }
  return { kills, finished, failures };
}

/** Its own files, and how long it takes. */
async function undisturbed(home: string, cache: string, job: Job) {
  const folder = mkdtempSync(join(home, "reference-"));
  // what is compiled once is there from then on
  if (!job.cold) await call(job.args(mkdtempSync(join(home, "first-"))), cache);
  const start = performance.now();
  const ending = await call(job.args(folder), cache);
  const ms = performance.now() - start;
  if (ending.code !== 0) throw new Error(`${job.name} fails undisturbed: ${ending.stderr}`);
  const files = new Map(
    Object.keys(job.files)
      .filter((name) => existsSync(join(folder, name)))
      .map((name) => [name, readFileSync(join(folder, name))]),
  );
  return { ms, files };
}

function call(
  args: readonly string[],
  cache: string,
  kill?: { readonly signal: NodeJS.Signals; readonly afterMs: number },
): Promise<Ending> {
  mkdirSync(cache, { recursive: true });
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const timer = kill && setTimeout(() => child.kill(kill.signal), kill.afterMs);
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}

/** Its own code for the signal; the system's, before the program could listen; or 0, when it was done. */
function endedWell(
  { code, signal, stdout, stderr }: Ending,
  sent: NodeJS.Signals,
  expected: number | null,
  endless: boolean,
): string | null {
  if (/INTERNAL|\n\s+at /.test(stdout + stderr)) return `INTERNAL: ${stderr.slice(-300)}`;
  if (signal === sent) return null;
  if (code === 0)
    return lastDocument(stdout)?.ok === true ? null : `0 without a document: ${stdout.slice(-200)}`;
  if (code !== expected || endless)
    return `exit code ${code}, signal ${signal}: ${stderr.slice(-200)}`;
  const document = lastDocument(stdout);
  if (document === null) return `exit code ${code} without a document`;
  const said = document.ok === true || document.errors?.[0]?.code === "INTERRUPTED";
  return said ? null : `exit code ${code} with ${JSON.stringify(document.errors)}`;
}

function lastDocument(stdout: string) {
  try {
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as {
      readonly ok?: boolean;
      readonly errors?: readonly { readonly code: string }[];
    };
  } catch {
    return null;
  }
}

function fileAfter(
  folder: string,
  name: string,
  left: Left,
  old: boolean,
  reference: ReadonlyMap<string, Buffer>,
  { code }: Ending,
): string | null {
  const whole = reference.get(name);
  if (whole === undefined) throw new Error(`${name} is not written undisturbed`);
  const found = existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : null;
  if (found?.equals(whole)) return null;
  if (code === 0) return `${name} is not all of it, at exit code 0`;
  if (found === null) return old ? `${name} was there, and is gone` : null;
  if (old && found.equals(Buffer.from(OLD))) return null;
  const rows = left === "rows" && whole.subarray(0, found.length).equals(found);
  if (rows && (found.length === 0 || found.at(-1) === 10)) return null;
  return `${name} is half written: ${found.length} of ${whole.length} bytes`;
}

const temporaries = (folders: readonly string[]): string[] =>
  folders.flatMap((folder) =>
    existsSync(folder)
      ? (readdirSync(folder, { recursive: true }) as string[])
          .filter(isTemporary)
          .map((name) => join(folder, name))
      : [],
  );

const temporariesIn = (folders: readonly string[]): string | null => {
  const found = temporaries(folders);
  return found.length > 0 ? `temporary files stay: ${found}` : null;
};

/** The next run: it succeeds with what the one before left of the cache, and clears up. */
async function cleared(
  job: Job,
  home: string,
  folders: readonly string[],
  cache: string,
): Promise<string | null> {
  if (temporaries(folders).length === 0) return null;
  const [folder = home] = folders;
  for (const name of Object.keys(job.files)) rmSync(join(folder, name), { force: true });
  const { code, stderr } = await call(job.args(folder), cache);
  return code === 0
    ? temporariesIn(folders)
    : `the next run ends with ${code}: ${stderr.slice(-300)}`;
}
