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
import type { Answer, Question } from "./tester.ts";

const LEFT_OUT = new Set([".git", "node_modules", "build", "coverage", "tmp"]);

export type Outcome = "passed" | "failed" | "timed out";

export class Sandbox {
  readonly folder: string;
  private readonly checkout: string;
  private tester: ChildProcess | null = null;
  /** since the tester was asked last */
  private readonly changed = new Set<string>();

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
    this.changed.add(file);
    try {
      return (await this.run(tests, timeoutMs)).outcome;
    } finally {
      writeFileSync(file, source);
      this.changed.add(file);
    }
  }

  /** A tester that does not answer in time, or dies of what it runs, is followed by a new one. */
  async run(
    tests: readonly string[],
    timeoutMs: number,
  ): Promise<{ readonly outcome: Outcome; readonly report: string }> {
    const tester = this.tester ?? this.start();
    const changed = [...this.changed];
    this.changed.clear();
    return new Promise((done) => {
      const finish = (outcome: Outcome, report: string): void => {
        clearTimeout(timer);
        tester.off("message", answered).off("exit", ended);
        done({ outcome, report });
      };
      const answered = ({ passed, report }: Answer): void =>
        finish(passed ? "passed" : "failed", report);
      const ended = (): void => finish("failed", "the tester ended");
      const timer = setTimeout(() => {
        this.end();
        finish("timed out", `nothing after ${timeoutMs} ms`);
      }, timeoutMs);
      tester.on("message", answered).on("exit", ended);
      tester.send({ tests, changed } satisfies Question);
    });
  }

  private start(): ChildProcess {
    const loader = join(this.folder, "tests/support/ts-loader.mjs");
    const tester = spawn(
      process.execPath,
      ["--import", loader, join(this.folder, "tests/mutants/tester.ts")],
      {
        cwd: this.folder,
        // a group of its own: its workers may be in endless loops
        detached: true,
        stdio: ["ignore", "ignore", "ignore", "ipc"],
        env: {
          ...process.env,
          TMPDIR: join(this.folder, "tmp"),
          TWENTYWATT_DATA: resolve(this.checkout, process.env.TWENTYWATT_DATA ?? "../shared/data"),
        },
      },
    );
    tester.once("exit", () => {
      if (this.tester === tester) this.end();
    });
    this.tester = tester;
    return tester;
  }

  close(): void {
    this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends what runs here, workers included. */
  private end(): void {
    const pid = this.tester?.pid;
    this.tester = null;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // all gone
    }
  }
}
