/**
 * Sketches for boards that people own: built by Arduino's own builder with a platform of ours, run on QEMU's machines. One
 * folder a board is built in again and again, so that the library is compiled once.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { elfSizes } from "../../host/firmware/elf.ts";
import { librariesFolder } from "./arduino-library.ts";

const HARDWARE = fileURLToPath(new URL("arduino", import.meta.url));

export type ArduinoBoard = {
  /** in the platform's boards.txt */
  readonly id: string;
  readonly title: string;
  readonly emulator: readonly [command: string, ...args: string[]];
  /** of the example Board: what the machine's RAM leaves */
  readonly arenaBytes: number;
  /** of it in flash, with every kernel: at most */
  readonly flashBytes: number;
};

export const ARDUINO_BOARDS: readonly ArduinoBoard[] = [
  {
    ...{ id: "m0", title: "Cortex-M0+ code on mps2-an385", arenaBytes: 1_000_000 },
    emulator: ["qemu-system-arm", "-M", "mps2-an385"],
    flashBytes: 95_000,
  },
  {
    ...{ id: "m4f", title: "Cortex-M4F, STM32F405 of netduinoplus2", arenaBytes: 168 * 1024 },
    emulator: ["qemu-system-arm", "-M", "netduinoplus2"],
    flashBytes: 84_000,
  },
  {
    ...{ id: "rv32", title: "RV32IMC on virt", arenaBytes: 1_000_000 },
    emulator: ["qemu-system-riscv32", "-M", "virt", "-bios", "none"],
    flashBytes: 110_000,
  },
];

export type Sketch = { readonly elf: string; readonly flashBytes: number; readonly words: string };

/** A board's own folder of builds; `close` removes it. */
export class ArduinoBuilder {
  readonly board: ArduinoBoard;
  private readonly folder = mkdtempSync(join(tmpdir(), "twentywatt-arduino-"));
  private built = 0;

  constructor(board: ArduinoBoard) {
    this.board = board;
  }

  /** Files by name, of which one ends in .ino. @throws what the builder says */
  async build(files: Readonly<Record<string, string>>): Promise<Sketch> {
    const libraries = await librariesFolder();
    const sketch = join(this.folder, "Sketch");
    const to = join(this.folder, "build");
    rmSync(sketch, { recursive: true, force: true });
    for (const folder of [sketch, to]) mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(sketch, name.endsWith(".ino") ? "Sketch.ino" : name), text);
    }
    const { status, stdout, stderr } = spawnSync(
      "arduino-builder",
      [
        ...["-compile", "-warnings", "all", "-hardware", HARDWARE, "-tools", "/usr/bin"],
        ...["-libraries", libraries, "-fqbn", `tw:stub:${this.board.id}`, "-build-path", to],
        join(sketch, "Sketch.ino"),
      ],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(stdout + stderr);
    const elf = join(this.folder, `${this.built++}.elf`);
    copyFileSync(join(to, "Sketch.ino.elf"), elf);
    return { elf, flashBytes: elfSizes(readFileSync(elf)).flashBytes, words: stderr };
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** A sketch that was exported, or is an example: its files by name. */
export const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );

const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

function start({ emulator }: ArduinoBoard, elf: string, serial: string): ChildProcess {
  const [command, ...args] = emulator;
  const common = ["-kernel", elf, "-display", "none", "-monitor", "none", "-serial", serial];
  const child = spawn(command, [...args, ...common], { stdio: "pipe" });
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** What a child says until `enough` matches, or its end or `PATIENCE_MS`. */
function heard(child: ChildProcess, enough: RegExp): Promise<string> {
  let text = "";
  return new Promise((resolve) => {
    const done = () => resolve(text);
    const timer = setTimeout(done, PATIENCE_MS);
    const hear = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (!enough.test(text)) return;
      clearTimeout(timer);
      done();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", done);
  });
}

/** An emulator on a busy computer. */
const PATIENCE_MS = 100_000;

/** What a sketch prints up to there. */
export async function printedBy(board: ArduinoBoard, elf: string, enough: RegExp): Promise<string> {
  const child = start(board, elf, "stdio");
  try {
    return await heard(child, enough);
  } finally {
    await end(child);
  }
}

export type RunningSketch = { readonly path: string; readonly close: () => Promise<void> };

/** Its serial line on a pseudo-terminal. */
export async function onTerminal(board: ArduinoBoard, elf: string): Promise<RunningSketch> {
  const child = start(board, elf, "pty");
  const said = await heard(child, /redirected to \S+ /);
  const path = /redirected to (\S+)/.exec(said)?.[1];
  if (path === undefined) throw new Error(`the emulator said: ${said}`);
  return { path, close: () => end(child) };
}
