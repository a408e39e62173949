/**
 * How long code runs without a branch. WASM3 passes from one instruction to the next by tail calls; where the processor
 * has none (Cortex-M0+), the C stack grows with every instruction until the next loop or branch.
 */
import { type FunctionBody, OPCODE } from "./wasm-code.ts";

const { block, loop, if: when, end, call } = OPCODE;
const [NOP, ELSE, BRANCH, BRANCH_TABLE, RETURN] = [0x01, 0x05, 0x0c, 0x0e, 0x0f];

/** Become no instruction of the interpreter. */
const SILENT: ReadonlySet<number> = new Set([NOP, block, end]);
const BRANCHES: ReadonlySet<number> = new Set([loop, when, ELSE, RETURN, call]);

/** The most instructions between two branches, over all functions. */
export function longestStraightLine(functions: readonly FunctionBody[]): number {
  let longest = 0;
  for (const { code } of functions) {
    let run = 0;
    for (const { opcode } of code) {
      if (BRANCHES.has(opcode) || (opcode >= BRANCH && opcode <= BRANCH_TABLE)) run = 0;
      else if (!SILENT.has(opcode)) run++;
      if (run > longest) longest = run;
    }
  }
  return longest;
}
