/** The firmware's posix port: a board that is a process, on pipes or on a pseudo-terminal of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cacheFolder } from "../../host/cache-folder.ts";
import { buildFirmware, wasm3Source } from "../../host/firmware/index.ts";
import { missingFeature } from "./packages.mjs";
import type { Missing } from "./skip.ts";

/** What keeps it from being built here, or null. */
export const missingPosix = (): Missing | null => missingFeature("cc");

/** The user's, read before a test takes one of its own (cli.ts): WASM3's sources are fetched once, not per test. */
const CACHE = cacheFolder();

export async function posixProgram(): Promise<string> {
  process.env.WASM3_DIR ??= await wasm3Source(undefined, CACHE);
  return (await buildFirmware("posix")).path;
}

export class PosixBoard {
  /** a link to the terminal: stays the same when the board is started again */
  readonly path: string;
  private readonly folder = mkdtempSync(join(tmpdir(), "twentywatt-posix-"));
  private readonly args: readonly string[];
  private child: ChildProcess | null = null;

  private constructor(args: readonly string[]) {
    this.path = join(this.folder, "line");
    this.args = args;
  }

  /** Its slots are a file, which outlives the process. */
  static async start(...args: readonly string[]): Promise<PosixBoard> {
    const board = new PosixBoard(args);
    await board.powerOn();
    return board;
  }

  async powerOn(): Promise<void> {
    const own = ["--link", this.path, "--slots", join(this.folder, "slots"), ...this.args];
    const child = spawn(await posixProgram(), own, { stdio: ["ignore", "pipe", "inherit"] });
    this.child = child;
    await once(createInterface(child.stdout), "line");
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  async powerOff(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  }

  async close(): Promise<void> {
    await this.powerOff();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
