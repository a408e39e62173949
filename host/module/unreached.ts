/**
 * Code that is never reached takes operands out of nothing. WASM3 has no type for those of a `select` there: it leaves
 * what lies on its stack and takes the register for the result, also where a value lies in it already. The next
 * instruction finds both its operands in one register, and there is no such operation ("no operation found for opcode").
 */
import { type FunctionBody, OPCODE } from "./wasm-code.ts";

const [UNREACHABLE, ELSE, BRANCH, BRANCH_TABLE, RETURN, SELECT] = [
  0x00, 0x05, 0x0c, 0x0e, 0x0f, 0x1b,
] as const;
const OPENS: ReadonlySet<number> = new Set([OPCODE.block, OPCODE.loop, OPCODE.if]);
const LEAVES: ReadonlySet<number> = new Set([UNREACHABLE, BRANCH, BRANCH_TABLE, RETURN]);

/** The first function with a `select` that is never reached, or null. */
export function unreachedSelect(functions: readonly FunctionBody[]): number | null {
  const found = functions.findIndex(({ code }) => {
    let dead = false; // in the innermost block
    const outer: boolean[] = [];
    return code.some(({ opcode }) => {
      if (OPENS.has(opcode)) {
        outer.push(dead);
        dead = false; // it takes its operands from itself
      } else if (opcode === OPCODE.end) dead = outer.pop() === true;
      else if (opcode === ELSE) dead = false;
      else if (LEAVES.has(opcode)) dead = true;
      return dead && opcode === SELECT;
    });
  });
  return found < 0 ? null : found;
}
