/** The conformance table: every place a module runs, and every build it runs there. One suite for all rows. */
import { type CompileOptions, compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { serialLine } from "../../host/lines/index.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import type { Rounding } from "../../host/model/multiplier.ts";
import type { Build, Flavour } from "../../host/module/manifest.ts";
import { type RelaxedFlavour, relaxedHere } from "../../host/module/relaxed.ts";
import {
  type BoardSession,
  boardTarget,
  localTarget,
  type Session,
  type Target,
  wasm3Target,
} from "../../host/runtime/index.ts";
import { Board, EMULATED, type Emulated, missingBoards } from "../support/boards.ts";
import { missingPosix, PosixBoard, posixProgram } from "../support/posix-board.ts";
import { type Engine, moduleWithEngine } from "../support/relaxed-engine.ts";
import type { Missing } from "../support/skip.ts";

export type TargetRow = {
  readonly name: string;
  readonly target: Target;
  readonly build: Build;
  readonly flavour: Flavour;
  /** whose relaxed products, where they are not this machine's own */
  readonly engine?: Engine | null;
};

const local = localTarget();

export const TARGETS: readonly TargetRow[] = [
  { name: "local, simd dot", target: local, build: "simd", flavour: "dot" },
  { name: "local, simd extmul", target: local, build: "simd", flavour: "extmul" },
  { name: "local, simd relaxed-unsigned", ...relaxed("relaxed-unsigned", "unsigned") },
  { name: "local, simd relaxed-signed", ...relaxed("relaxed-signed", "signed, wraps") },
  { name: "local, mvp", target: local, build: "mvp", flavour: "dot" },
];

/** This engine where it is exact; otherwise the one that has the least to spare, spelled out in exact instructions. */
function relaxed(flavour: RelaxedFlavour, engine: Engine): Omit<TargetRow, "name"> {
  return {
    target: local,
    build: "simd",
    flavour,
    engine: relaxedHere() === flavour ? null : engine,
  };
}

/** A row that takes the MVP build over a line. Started once for all that it runs. */
export type BoardRow = {
  readonly name: string;
  readonly missing: Missing | null;
  readonly start: () => Promise<RunningBoard>;
};

export type RunningBoard = {
  readonly load: (wasm: Uint8Array) => Promise<BoardSession>;
  readonly close: () => Promise<void>;
};

export const BOARD_ROWS: readonly BoardRow[] = [
  { name: "wasm3", missing: missingPosix(), start: startWasm3 },
  { name: "posix", missing: missingPosix(), start: startPosix },
  ...EMULATED.map((name) => ({ name, missing: missingBoards(), start: () => startEmulated(name) })),
  { name: "board", missing: missingRealBoard(), start: startRealBoard },
];

async function startWasm3(): Promise<RunningBoard> {
  const target = wasm3Target(posixProgram);
  let last: BoardSession | null = null;
  const close = async () => last?.close();
  return {
    async load(wasm) {
      await close(); // each module has a process of its own
      last = await target.load(wasm);
      return last;
    },
    close,
  };
}

async function startPosix(): Promise<RunningBoard> {
  const board = await PosixBoard.start();
  return onPort(board.path, () => board.close());
}

async function startEmulated(name: Emulated): Promise<RunningBoard> {
  const board = await Board.start(name);
  return onPort(board.path, () => board.close());
}

function missingRealBoard(): Missing | null {
  if (process.env.TW_BOARD) return null;
  return {
    reason: "no real board was named",
    fix: "set TW_BOARD to board:PORT, with the firmware on it",
  };
}

async function startRealBoard(): Promise<RunningBoard> {
  return onPort((process.env.TW_BOARD ?? "").replace(/^board:/, ""), async () => {});
}

function onPort(port: string, close: () => Promise<void>): RunningBoard {
  const target = boardTarget(serialLine(port));
  let last: BoardSession | null = null;
  return {
    async load(wasm) {
      last = await target.load(wasm);
      return last;
    },
    async close() {
      await last?.close();
      await close();
    },
  };
}

export const ROUNDINGS: readonly Rounding[] = ["double", "single"];

/** A module for a row of the table, as this machine runs it. */
export async function moduleFor(
  { build, flavour, engine }: TargetRow,
  graph: LayeredGraph,
  options: Partial<CompileOptions> = {},
): Promise<Uint8Array> {
  const chosen = { ...DEFAULT_OPTIONS, ...options, build, flavour };
  if (!engine) return (await compile(graph, chosen)).wasm;
  const { wasm } = await compile(graph, { ...chosen, selfTest: false });
  return moduleWithEngine(wasm, engine);
}

/** Compiles for a row of the table and loads the module there. */
export async function open(
  row: TargetRow,
  graph: LayeredGraph,
  options: Partial<CompileOptions> = {},
): Promise<Session> {
  return row.target.load(await moduleFor(row, graph, options));
}

/** One inference. */
export async function infer(session: Session, input: Int8Array): Promise<Int8Array> {
  const output = new Int8Array(session.outputBytes);
  await session.step(bytesOf(input), bytesOf(output));
  return output;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Where two outputs differ first, or null. Cheaper than a matcher, which prints every byte. */
export function difference(got: Int8Array, expected: Int8Array): string | null {
  if (got.length !== expected.length) return `${got.length} bytes, not ${expected.length}`;
  const at = got.findIndex((value, k) => value !== expected[k]);
  if (at < 0) return null;
  const count = got.filter((value, k) => value !== expected[k]).length;
  return `byte ${at} is ${got[at]}, not ${expected[at]}; ${count} of ${got.length} differ`;
}
