/**
 * Which boards a module fits. A board runs it in WASM3: the module's bytes stay in a slot of flash, its linear memory and
 * what the interpreter makes of its code lie in the arena; constants that only native kernels read stay in flash. With a port of ours every number is exact: the firmware's as
 * it was built (firmware/ports/NAME/port.json), the interpreter's as it will be (footprint/). tests/firmware compares
 * them with the boards.
 */

import { listPorts, readPort } from "../firmware/index.ts";
import { count } from "../text.ts";
import { type ModuleFacts, memoryWithin } from "./facts.ts";
import { MLPERF_BUFFER_BYTES, mlperfBuffer } from "./mlperf-buffer.ts";

/** What there is, and what the firmware takes of it before any module. Bytes. */
type Board = {
  readonly name: string;
  readonly flashBytes: number;
  readonly ramBytes: number;
  readonly firmwareFlashBytes: number;
  readonly variablesBytes: number;
  readonly stackBytes: number;
  readonly slotBytes: number;
  readonly arenaBytes: number;
  readonly estimated: boolean;
};

const KIB = 1024;

/** Boards without a port: what firmware with all native kernels takes as the library for Arduino (firmware/README.md). */
const WITHOUT_PORT: readonly Board[] = [
  withoutPort("pico", 2 * KIB * KIB, 264 * KIB), // RP2040
  withoutPort("microbit", 256 * KIB, 16 * KIB), // nRF51
];

/** Cortex-M0+: WASM3 cannot use tail calls there, so its stack is deep. */
function withoutPort(name: string, flashBytes: number, ramBytes: number): Board {
  const [firmwareFlashBytes, variablesBytes, stackBytes] = [93_000, 4_000, 8 * KIB];
  return {
    ...{ name, flashBytes, ramBytes, firmwareFlashBytes, variablesBytes, stackBytes },
    slotBytes: Math.floor((flashBytes - firmwareFlashBytes) / 2),
    arenaBytes: Math.max(0, ramBytes - variablesBytes - stackBytes),
    estimated: true,
  };
}

function withPort(name: string): Board[] {
  const { memory, measured } = readPort(name);
  if (!memory || !measured) return [];
  const { flashBytes: firmwareFlashBytes, ramBytes: variablesBytes } = measured;
  return [{ name, ...memory, firmwareFlashBytes, variablesBytes, estimated: false }];
}

const boards = (): Board[] => [...WITHOUT_PORT, ...listPorts().flatMap(withPort)];

export type BoardFit = {
  readonly name: string;
  readonly fits: boolean;
  /** of the board */
  readonly flashBytes: number;
  readonly ramBytes: number;
  readonly reason: string;
};

export const boardFits = (module: ModuleFacts): BoardFit[] =>
  boards().map((board) => {
    const { name, flashBytes, ramBytes } = board;
    return { name, ...fitOf(module, board), flashBytes, ramBytes };
  });

/**
 * The same for a model: where the fastest kernels take more memory than a board has, `rebuild` may give a module that
 * takes at most so many bytes of linear memory, or null.
 */
export async function boardFitsOf(
  module: ModuleFacts,
  rebuild: (memoryBytes: number) => Promise<ModuleFacts | null>,
): Promise<BoardFit[]> {
  const fits: BoardFit[] = [];
  for (const board of boards()) {
    const { name, flashBytes, ramBytes } = board;
    let fit = fitOf(module, board);
    const memoryBytes = fit.fits ? null : memoryWithin(module, board.arenaBytes);
    const smaller = memoryBytes === null ? null : await rebuild(memoryBytes);
    if (smaller !== null) {
      const second = fitOf(smaller, board);
      if (second.fits) fit = { fits: true, reason: `with smaller kernel forms: ${second.reason}` };
    }
    fits.push({ name, ...fit, flashBytes, ramBytes });
  }
  return fits;
}

const HEADER_BYTES = 256;

function fitOf(
  module: ModuleFacts,
  board: Board,
): { readonly fits: boolean; readonly reason: string } {
  if (module.build !== "mvp") {
    return { fits: false, reason: "boards run the mvp build: WASM3 has no SIMD" };
  }
  if (module.arenaBytes === null) {
    return { fits: false, reason: module.refusal ?? "" };
  }
  const needs = [flashNeed(module, board), ramNeed(module, module.arenaBytes, board)];
  const lacking = needs.filter(({ fits }) => !fits);
  const shown = (lacking.length > 0 ? lacking : needs).map(({ text }) => text).join("; ");
  const reason = board.estimated ? `estimated, no port yet: ${shown}` : shown;
  return { fits: lacking.length === 0, reason };
}

type Need = { readonly fits: boolean; readonly text: string };

function flashNeed({ bytes }: ModuleFacts, board: Board): Need {
  const slot = HEADER_BYTES + bytes;
  const fits = slot <= board.slotBytes;
  const limit = fits ? "" : `: slots of ${count(board.slotBytes)}`;
  const parts = `firmware ${count(board.firmwareFlashBytes)} + header ${HEADER_BYTES} + module ${count(bytes)}${limit}`;
  const flash = board.firmwareFlashBytes + slot;
  return { fits, text: `flash ${count(flash)} of ${count(board.flashBytes)} bytes (${parts})` };
}

function ramNeed(module: ModuleFacts, arenaBytes: number, board: Board): Need {
  const { memoryBytes } = module;
  const fits = arenaBytes <= board.arenaBytes;
  const limit = fits ? "" : `: an arena of ${count(board.arenaBytes)}`;
  const arena = fits ? withBuffer(module, arenaBytes, board) : { bytes: arenaBytes, part: [] };
  const parts = [
    `memory ${count(memoryBytes)}`,
    `interpreter ${count(arenaBytes - memoryBytes)}`,
    ...arena.part,
    `stack ${count(board.stackBytes)}`,
    `variables ${count(board.variablesBytes)}`,
  ];
  const ram = arena.bytes + board.stackBytes + board.variablesBytes;
  const text = `RAM ${count(ram)} of ${count(board.ramBytes)} bytes (${parts.join(" + ")}${limit})`;
  return { fits, text };
}

/** A model of MLPerf's tasks loads where its buffer finds less than its full size, too: the buffer is what is left. */
function withBuffer(
  { bufferAtBytes }: ModuleFacts,
  arenaBytes: number,
  board: Board,
): { readonly bytes: number; readonly part: readonly string[] } {
  if (bufferAtBytes === null) return { bytes: arenaBytes, part: [] };
  const { bytes, blockBytes } = mlperfBuffer(bufferAtBytes, board.arenaBytes);
  const end = Math.max(arenaBytes, bufferAtBytes + blockBytes);
  const whole = bytes === MLPERF_BUFFER_BYTES;
  const room = whole ? "" : `, room for ${count(bytes)} of ${count(MLPERF_BUFFER_BYTES)}`;
  return { bytes: end, part: [`MLPerf buffer ${count(end - arenaBytes)}${room}`] };
}
