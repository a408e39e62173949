/** What the innermost loops of a module contain: calls and globals there mean that something was not specialised. */
import { readSections, SECTION_ID } from "../../host/model/wasm-binary.ts";
import { type Instruction, OPCODE, readCode } from "../../host/model/wasm-code.ts";

export type LoopReport = {
  readonly functions: number;
  readonly innermostLoops: number;
  /** of all innermost loops together */
  readonly calls: number;
  readonly globalReads: number;
};

export function loopReport(wasm: Uint8Array, build: "mvp" | "simd"): LoopReport {
  const section = readSections(wasm).find(({ id }) => id === SECTION_ID.code);
  const functions = readCode(section?.body ?? Uint8Array.of(0), build);
  const loops = functions.flatMap(({ code }) => innermost(code));
  const count = (opcode: number): number =>
    loops.reduce((n, loop) => n + loop.filter((i) => i.opcode === opcode).length, 0);
  return {
    functions: functions.length,
    innermostLoops: loops.length,
    calls: count(OPCODE.call),
    globalReads: count(OPCODE.globalGet),
  };
}

/** Bodies of the loops that contain no loop. */
function innermost(code: readonly Instruction[]): Instruction[][] {
  return code.flatMap((start, k) => {
    if (start.opcode !== OPCODE.loop) return [];
    const length = code
      .slice(k + 1)
      .findIndex(({ opcode, depth }) => opcode === OPCODE.end && depth === start.depth);
    const body = code.slice(k + 1, k + 1 + length);
    return body.some(({ opcode }) => opcode === OPCODE.loop) ? [] : [body];
  });
}
