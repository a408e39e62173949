/** A copy of the checkout, in which mutants stand: whatever ends the campaign, the checkout itself was never touched. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { applied, type Mutant } from "./mutant.ts";

const LEFT_OUT = new Set([".git", "node_modules", "build", "coverage", "tmp"]);

export type Outcome = "passed" | "failed" | "timed out";

export class Sandbox {
  readonly folder: string;
  private readonly checkout: string;
  private child: ChildProcess | null = null;

  /**
   * @param root     what is copied
   * @param checkout where the packages are, and the data beside it
   */
  constructor(root: string, checkout: string) {
    this.checkout = checkout;
    this.folder = mkdtempSync(join(tmpdir(), "twentywatt-mutants-"));
    // tests that run as an ordinary user pass through it
    chmodSync(this.folder, 0o755);
    cpSync(root, this.folder, {
      recursive: true,
      filter: (path) => !LEFT_OUT.has(basename(path)),
    });
    symlinkSync(join(checkout, "node_modules"), join(this.folder, "node_modules"));
    mkdirSync(join(this.folder, "tmp"), { mode: 0o777 });
  }

  /** Runs tests with a mutant in its place. */
  async tried(mutant: Mutant, tests: readonly string[], timeoutMs: number): Promise<Outcome> {
    const file = join(this.folder, mutant.file);
    const source = readFileSync(file, "utf8");
    writeFileSync(file, applied(source, mutant));
    try {
      return (await this.run(tests, timeoutMs)).outcome;
    } finally {
      writeFileSync(file, source);
    }
  }

  run(
    tests: readonly string[],
    timeoutMs: number,
  ): Promise<{ readonly outcome: Outcome; readonly output: string }> {
    const vitest = join(this.folder, "node_modules/vitest/vitest.mjs");
    const args = ["run", "--bail", "1", "--maxWorkers", "1", "--reporter", "dot", ...tests];
    const child = spawn(process.execPath, [vitest, ...args], {
      cwd: this.folder,
      // a group of its own: its workers may be in endless loops
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        TMPDIR: join(this.folder, "tmp"),
        TWENTYWATT_DATA: resolve(this.checkout, process.env.TWENTYWATT_DATA ?? "../shared/data"),
      },
    });
    this.child = child;
    let output = "";
    const keep = (bytes: Buffer): void => {
      output = (output + bytes).slice(-20_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.end();
    }, timeoutMs);
    return new Promise((done, fail) => {
      child.on("error", fail);
      child.on("close", (code) => {
        clearTimeout(timer);
        this.end();
        this.child = null;
        done({ outcome: late ? "timed out" : code === 0 ? "passed" : "failed", output });
      });
    });
  }

  close(): void {
    this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends what runs here, workers included. */
  private end(): void {
    const pid = this.child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // all gone
    }
  }
}
