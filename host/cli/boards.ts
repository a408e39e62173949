/**
 * Which boards a module fits. A board runs it in WASM3: the module's bytes stay in flash beside the firmware, its linear
 * memory and what the interpreter makes of its code lie in RAM.
 */
import type { Build } from "../model/manifest.ts";
import { count } from "./text.ts";

/** What there is, and what the firmware takes of it before any module. Bytes. */
type Board = {
  readonly name: string;
  readonly flashBytes: number;
  readonly ramBytes: number;
  /** WASM3 with validation, integers only, -Os, measured per instruction set */
  readonly engineBytes: number;
  /** the deepest of load, compile and run; on Cortex-M0+ WASM3 cannot use tail calls */
  readonly stackBytes: number;
};

const KIB = 1024;
const MIB = 1024 * KIB;

const CORTEX_M0 = { engineBytes: 47_700, stackBytes: 8 * KIB };
const CORTEX_M = { engineBytes: 45_900, stackBytes: 2 * KIB };
const RV32 = { engineBytes: 54_700, stackBytes: 3 * KIB };

/** The QEMU machines have RAM everywhere; flash there is the part that the linker script gives to code. */
// biome-ignore format: a table
const BOARDS: readonly Board[] = [
  { name: "pico", flashBytes: 2 * MIB, ramBytes: 264 * KIB, ...CORTEX_M0 }, // RP2040
  { name: "microbit", flashBytes: 256 * KIB, ramBytes: 16 * KIB, ...CORTEX_M0 }, // nRF51
  { name: "qemu-m4", flashBytes: 4 * MIB, ramBytes: 4 * MIB, ...CORTEX_M }, // mps2-an386
  { name: "qemu-rv32", flashBytes: 1 * MIB, ramBytes: 127 * MIB, ...RV32 }, // virt, 128 MiB
];

/** WASM3: environment, runtime, value stack. */
const RUNTIME_BYTES = 139 + 1_100 + 2_048;
/** WASM3: the parsed module, for 35 functions and 45 exports; ours have fewer. */
const PARSED_BYTES = 2_914;
/** WASM3: compiled code in RAM per byte of the code section. */
const CODE_PAGES_RATIO = 3.2;

export type ModuleSize = {
  readonly build: Build;
  readonly moduleBytes: number;
  readonly codeBytes: number;
  readonly memUsedBytes: number;
};

export type BoardFit = {
  readonly name: string;
  /** null: not known without the module */
  readonly fits: boolean | null;
  /** of the board */
  readonly flashBytes: number;
  readonly ramBytes: number;
  readonly reason: string;
};

export const boardFits = (size: ModuleSize | null): BoardFit[] =>
  BOARDS.map(({ name, flashBytes, ramBytes, ...firmware }) => ({
    name,
    ...fitOf(size, { name, flashBytes, ramBytes, ...firmware }),
    flashBytes,
    ramBytes,
  }));

function fitOf(
  size: ModuleSize | null,
  board: Board,
): { readonly fits: boolean | null; readonly reason: string } {
  if (size === null) {
    return { fits: null, reason: "known once the module is built: add --build" };
  }
  if (size.build !== "mvp") {
    return { fits: false, reason: "boards run the mvp build: WASM3 has no SIMD" };
  }
  const flash = board.engineBytes + size.moduleBytes;
  const interpreter =
    RUNTIME_BYTES + PARSED_BYTES + Math.ceil(CODE_PAGES_RATIO * size.codeBytes) + board.stackBytes;
  const ram = size.memUsedBytes + interpreter;
  const needs = [
    part("flash", flash, board.flashBytes, `engine ${count(board.engineBytes)}`, [
      `module ${count(size.moduleBytes)}`,
    ]),
    part("RAM", ram, board.ramBytes, `memory ${count(size.memUsedBytes)}`, [
      `interpreter ${count(interpreter)}`,
    ]),
  ];
  const lacking = needs.filter(({ fits }) => !fits);
  const shown = lacking.length > 0 ? lacking : needs;
  return { fits: lacking.length === 0, reason: shown.map(({ text }) => text).join("; ") };
}

function part(kind: string, need: number, has: number, first: string, rest: readonly string[]) {
  const sum = [first, ...rest].join(" + ");
  return { fits: need <= has, text: `${kind} ${count(need)} of ${count(has)} bytes (${sum})` };
}
