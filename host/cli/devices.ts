/** `devices [board:PORT…]`: where modules can run from here, what is plugged in, and which of it answers as a board. */

import { userInfo } from "node:os";
import type { Command } from "commander";
import { type Problem, TwentyWattError } from "../errors.ts";
import type { PortInfo } from "../lines/index.ts";
import type { MeterHere } from "../power/index.ts";
import type { Hello } from "../runtime/index.ts";
import { labelled, table } from "../text.ts";
import { withExamples } from "./help.ts";
import type { SensorHere } from "./instruments.ts";
import type { Result, Session } from "./result.ts";
import { say } from "./say.ts";
import { openBoardLink } from "./targets.ts";
import { waitingBoards } from "./usb-devices.ts";

type TargetRow = {
  readonly name: string;
  readonly runs: boolean;
  /** what it is, or what is missing */
  readonly reason: string;
  readonly fix: string | null;
};

type PortRow = {
  readonly target: string;
  readonly path: string | null;
  readonly usb: Omit<PortInfo, "path"> | null;
  readonly board:
    | (Pick<
        Hello,
        | "board"
        | "serial"
        | "firmware"
        | "loaded"
        | "slotBytes"
        | "arenaBytes"
        | "persistent"
        | "marks"
      > & {
        /** how many kernels it computes itself */
        readonly nativeKernels: number;
      })
    | null;
  readonly problem: Problem | null;
};

/** A board that boots answers within that. */
const PATIENCE_MS = 2_000;

export const define = (command: Command): Command =>
  withExamples(
    command
      .description(
        "list where modules can run, this computer and boards on its serial ports, and which sensors and meters are here",
      )
      .argument(
        "[board...]",
        "further ports to ask, as board:PATH: pseudo-terminals, and ports without USB ids",
      ),
    [
      { what: "what is there, and what is missing", line: "twentywatt devices" },
      { what: "a port that is no USB device", line: "twentywatt devices board:/dev/ttyS0" },
    ],
  );

export async function run(session: Session, named: readonly string[]): Promise<Result> {
  const { identityOf, listPorts } = await import("../lines/index.ts");
  const here = await listPorts();
  // what has no USB ids may be anything: it is asked only where it was named
  const usb = here.filter((port) => identityOf(port) !== null);
  const asked = [...new Set([...usb.map(({ path }) => `board:${path}`), ...named])];
  if (asked.length > 0) say(session.io.stderr, `asking ${asked.join(", ")} …`);
  const ports: PortRow[] = [];
  for (const target of asked) {
    const info = usb.find(({ path }) => target === `board:${path}`) ?? null;
    ports.push(await ask(session, target, info));
  }
  const targets = await targetRows();
  const { metersHere } = await import("../power/index.ts");
  const { sensorsHere } = await import("./instruments.ts");
  const { gpioSupport } = await import("../sensors/gpio.ts");
  const sensors = await sensorsHere(here, await gpioSupport());
  const meters = await metersHere();
  const waiting = waitingBoards("/", userInfo().username);
  const silent = here.filter((port) => identityOf(port) === null).map(({ path }) => path);
  return {
    json: { targets, ports, otherPorts: silent, withoutPort: waiting, sensors, meters },
    text: [
      ...labelled("targets", table(targets.map(targetCells), ["left", "left", "left"])),
      ...labelled("boards", [
        ...(ports.length === 0 ? ["no USB serial port"] : ports.flatMap(portLines)),
        ...waiting.map(({ path, what, fix }) => `${path}: ${what}: ${fix}`),
      ]),
      ...labelled(
        "others",
        silent.length === 0 ? [] : [`${silent.join(", ")}: no USB ids, not asked`],
      ),
      ...instrumentLines(sensors, meters),
    ],
  };
}

async function targetRows(): Promise<TargetRow[]> {
  const local = { name: "local", runs: true, reason: `V8 in Node ${process.version}`, fix: null };
  const missing = await missingForWasm3();
  const wasm3 = missing
    ? { name: "wasm3", runs: false, reason: missing.got, fix: missing.remedy }
    : { name: "wasm3", runs: true, reason: "WASM3 in a process, built on first use", fix: null };
  return [local, wasm3];
}

/** Nothing is built for the answer: a compiler that starts is enough of one. */
async function missingForWasm3(): Promise<Problem | null> {
  const { compiler } = await import("../firmware/compiler.ts");
  const { readPort } = await import("../firmware/index.ts");
  try {
    compiler(readPort("posix"));
    return null;
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.problems[0] ?? null;
  }
}

/** What may be given to --input and to --meter. */
export const instrumentLines = (
  sensors: readonly SensorHere[],
  meters: readonly MeterHere[],
): string[] => [
  ...labelled(
    "sensors",
    table(
      sensors.map(({ uri, what }) => [uri, what]),
      ["left", "left"],
    ),
  ),
  ...labelled(
    "meters",
    table(
      meters.map(({ uri, scope, what }) => [uri, scope, what]),
      ["left", "left", "left"],
    ),
  ),
];

const targetCells = ({ name, runs, reason, fix }: TargetRow): string[] => [
  name,
  runs ? "runs" : "missing",
  fix === null ? reason : `${reason}: ${fix}`,
];

async function ask(session: Session, target: string, info: PortInfo | null): Promise<PortRow> {
  const link = await openBoardLink(target, session);
  const { path = target.slice("board:".length), ...usb } = info ?? {};
  const row = { target, path, usb: info ? (usb as Omit<PortInfo, "path">) : null };
  try {
    const { board, serial, firmware, loaded, slotBytes, arenaBytes, persistent, marks, kernels } =
      await link.hello(PATIENCE_MS);
    const found = {
      board,
      serial,
      firmware,
      loaded,
      slotBytes,
      arenaBytes,
      persistent,
      marks,
      nativeKernels: kernels.length,
    };
    return { ...row, board: found, problem: null };
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return { ...row, board: null, problem: error.problems[0] ?? null };
  } finally {
    await link.close();
  }
}

function portLines({ target, usb, board, problem }: PortRow): string[] {
  const ids = usb
    ? `, ${[usb.vendorId, usb.productId, usb.serialNumber].filter(Boolean).join(":")}`
    : "";
  if (board) {
    const module = board.loaded ? "has a module" : "no module yet";
    const kept = board.persistent ? "" : ", modules in RAM: lost at power-off";
    const pins = board.marks.length > 0 ? `, marker pins: ${board.marks.join(", ")}` : "";
    return [
      `${target}${ids}: ${board.board} (serial ${board.serial}), firmware ${board.firmware}, ${module}${kept}${pins}`,
    ];
  }
  const said = problem ? `${problem.code}: ${problem.got}. ${problem.remedy}` : "no answer";
  const what = problem?.code === "DEVICE_BUSY" ? "in use" : "not a twentywatt board";
  return [`${target}${ids}: ${what} (${said})`];
}
