/** The fake PPK2 of examples/joules as a process, behind a board whose pins are lines of a file. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../examples/joules/fake-ppk2.mjs", import.meta.url));

export class FakeMeter {
  readonly path: string;
  private readonly folder = mkdtempSync(join(tmpdir(), "twentywatt-fake-"));
  private child: ChildProcess | null = null;

  private constructor() {
    this.path = join(this.folder, "ppk2");
  }

  /**
   * @param marker what the board writes its pins to
   * @param holdUs for how long a level is seen at least
   */
  static async start(
    marker: string,
    idleMa: number,
    stepMa: number,
    holdUs = 0,
  ): Promise<FakeMeter> {
    const meter = new FakeMeter();
    const args = [SCRIPT, meter.path, marker, ...[idleMa, stepMa, holdUs].map(String)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    meter.child = child;
    await once(createInterface(child.stdout), "line");
    return meter;
  }

  async close(): Promise<void> {
    const { child } = this;
    if (child && child.exitCode === null) {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
