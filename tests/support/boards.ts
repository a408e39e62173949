/**
 * Boards in QEMU: firmware built from the sources here, with its UART on a real pseudo-terminal or on this process's
 * pipes. Every board that was started ends with the process that started it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFirmware, readPort } from "../../host/firmware/index.ts";
import type { Line } from "../../host/lines/line.ts";
import { systemTimers } from "../../host/lines/timers.ts";
import { Link } from "../../host/runtime/link.ts";
import { missingFeature } from "./packages.mjs";
import type { Missing } from "./skip.ts";

export const EMULATED = ["qemu-m4", "qemu-rv32"] as const;
export type Emulated = (typeof EMULATED)[number];
export const isEmulated = (name: string): boolean => EMULATED.some((one) => one === name);

/** What keeps the boards from running here, or null. */
export const missingBoards = (): Missing | null => missingFeature("boards");

export type BoardOptions = {
  /** one instruction is one nanosecond: repeatable counts, about 20 times slower when the board idles a lot */
  readonly icount?: boolean;
  /** a built firmware; otherwise it is built */
  readonly elf?: string;
  /** of a firmware with programs/arena-size; a multiple of 8 */
  readonly arenaBytes?: number;
  /** further arguments of the emulator */
  readonly more?: readonly string[];
};

/** Where __kept.seed lies (firmware/ports/qemu/boot.c): 12 bytes into the last 4 KiB of the port's RAM. */
const SEED_ADDRESS: Readonly<Record<Emulated, number>> = {
  "qemu-m4": 0x2040_0000 - 4096 + 12,
  "qemu-rv32": 0x8020_0000 - 4096 + 12,
};

/** Where programs/arena-size reads the arena's size: 16 bytes before the end of the port's RAM. */
const ARENA_SIZE_ADDRESS: Readonly<Record<Emulated, number>> = {
  "qemu-m4": 0x2040_0000 - 16,
  "qemu-rv32": 0x8020_0000 - 16,
};

/** The command that runs a port's firmware, with its UART on `serial`. */
export function emulatorCommand(
  name: Emulated,
  elf: string,
  serial: string,
  { icount = false, more = [] }: BoardOptions = {},
): readonly [command: string, ...args: string[]] {
  const emulator = readPort(name).emulator;
  if (!emulator) throw new Error(`${name} has no emulator`);
  const args = emulator.args.map((arg) => arg.replace("{elf}", elf));
  const clock = icount ? ["-icount", "shift=0"] : [];
  return [emulator.command, ...args, ...clock, ...more, "-serial", serial];
}

const word = (address: number, value: number): string[] => [
  "-device",
  `loader,addr=${address},data=${value},data-len=4`,
];

/** Memory of a new machine is zero; a boot number that begins anew with each of them would tell nothing. */
const memory = (name: Emulated, { arenaBytes }: BoardOptions): string[] => [
  ...word(SEED_ADDRESS[name], randomBytes(3).readUIntLE(0, 3)),
  ...(arenaBytes === undefined ? [] : word(ARENA_SIZE_ADDRESS[name], arenaBytes)),
];

/** A board whose UART is this process's pipes: nothing it prints is lost, from its first byte on. */
export async function startPiped(
  name: Emulated,
  options: BoardOptions = {},
): Promise<ChildProcess> {
  const elf = options.elf ?? (await buildFirmware(name)).path;
  const [command, ...args] = emulatorCommand(name, elf, "stdio", options);
  return running(
    spawn(command, [...args, ...memory(name, options)], { stdio: ["pipe", "pipe", "pipe"] }),
  );
}

/** A board on a pseudo-terminal, which QEMU looks at once a second while nobody has opened it. */
export class Board {
  readonly name: Emulated;
  /** stays the same when the board is started again */
  readonly path: string;
  private readonly folder: string;
  private readonly options: BoardOptions;
  private child: ChildProcess | null = null;

  private constructor(name: Emulated, options: BoardOptions) {
    this.name = name;
    this.options = options;
    this.folder = mkdtempSync(join(tmpdir(), "twentywatt-board-"));
    this.path = join(this.folder, "line");
  }

  static async start(name: Emulated, options: BoardOptions = {}): Promise<Board> {
    const board = new Board(name, options);
    await board.powerOn();
    return board;
  }

  /** A new machine: empty slots, another boot number, the same path. */
  async powerOn(): Promise<void> {
    const elf = this.options.elf ?? (await buildFirmware(this.name)).path;
    const [command, ...args] = emulatorCommand(this.name, elf, "pty", this.options);
    const child = running(
      spawn(command, [...args, ...memory(this.name, this.options)], { stdio: "pipe" }),
    );
    this.child = child;
    const terminal = await said(child, /char device redirected to (\S+)/);
    const link = `${this.path}.new`;
    symlinkSync(terminal, link);
    await rename(link, this.path);
  }

  /** Pulls the plug. */
  async powerOff(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child) await ended(child);
  }

  /** Pulls the plug, and leaves nothing behind. */
  async close(): Promise<void> {
    await this.powerOff();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

function running(child: ChildProcess): ChildProcess {
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  return child;
}

/** What the first group of `pattern` is, once the child has printed it. */
function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  let output = "";
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      output += chunk.toString();
      const found = output.match(pattern)?.[1];
      if (found) resolve(found);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`the emulator ended: ${output}`)));
  });
}

/** The pipes of startPiped() as a line of the runtime. Opened once: a board that ended stays ended. */
export const pipedLine = (child: ChildProcess, name: string): Line => ({
  name,
  open: async (events) => {
    child.stdout?.on("data", events.bytes);
    child.once("exit", () => events.closed("the emulator ended"));
    // a write that its end overtook: the exit has said so
    child.stdin?.on("error", () => {});
    return {
      write: (bytes) => void child.stdin?.write(bytes),
      close: () => ended(child),
    };
  },
});

/** A link to a board over this process's pipes. */
export async function linkTo(
  name: Emulated,
  options: BoardOptions & { readonly onText?: (text: string) => void } = {},
): Promise<Link> {
  const line = pipedLine(await startPiped(name, options), name);
  const { onText = () => {} } = options;
  return new Link(line, { timers: systemTimers, random: Math.random, onText });
}
