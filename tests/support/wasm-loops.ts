/** What the loops of a module contain: calls and globals in them mean that something was not inlined or specialised. */
import { readSections, SECTION_ID } from "../../host/module/wasm-binary.ts";
import { type Instruction, OPCODE, RELAXED_DOT, readCode } from "../../host/module/wasm-code.ts";

export type LoopReport = {
  readonly functions: number;
  readonly innermostLoops: number;
  /** of all innermost loops together */
  readonly calls: number;
  readonly globalReads: number;
  /** functions called in any loop, innermost or not */
  readonly called: readonly Called[];
};

export type Called = {
  /** calls to it in loops */
  readonly times: number;
  readonly loops: number;
  /** instructions that multiply vectors */
  readonly products: number;
  /** instructions that load an integer */
  readonly loads: number;
};

export function loopReport(wasm: Uint8Array, build: "mvp" | "simd"): LoopReport {
  const section = readSections(wasm).find(({ id }) => id === SECTION_ID.code);
  const functions = readCode(section?.body ?? Uint8Array.of(0), build);
  const loops = functions.flatMap(({ code }) => loopBodies(code));
  const innermost = loops.filter((body) => count(body, OPCODE.loop) === 0);
  const inAll = (opcode: number): number =>
    innermost.reduce((n, loop) => n + count(loop, opcode), 0);
  // outermost loops cover the others; functions are numbered from 0, as there are no imports
  const callees = functions.flatMap(({ code }) => outermost(code).flatMap(calleesOf));
  return {
    functions: functions.length,
    innermostLoops: innermost.length,
    calls: inAll(OPCODE.call),
    globalReads: inAll(OPCODE.globalGet),
    called: [...new Set(callees)].map((index) => {
      const code = functions[index]?.code ?? [];
      return {
        times: callees.filter((callee) => callee === index).length,
        loops: count(code, OPCODE.loop),
        products: code.filter(({ opcode }) => VECTOR_PRODUCTS.has(opcode)).length,
        loads: code.filter(({ opcode }) => opcode >= 0x28 && opcode <= 0x35).length,
      };
    }),
  };
}

/** i16x8.mul, i16x8.extmul_*, i32x4.mul, i32x4.dot_i16x8_s, i32x4.extmul_*, i64x2.mul, i64x2.extmul_*, relaxed dot products */
const VECTOR_PRODUCTS = new Set(
  [149, 156, 157, 158, 159, 181, 186, 188, 189, 190, 191, 213, 220, 221, 222, 223, RELAXED_DOT].map(
    (number) => (OPCODE.simd << 16) | number,
  ),
);

const count = (code: readonly Instruction[], opcode: number): number =>
  code.filter((instruction) => instruction.opcode === opcode).length;

const calleesOf = (body: readonly Instruction[]): number[] =>
  body.filter(({ opcode }) => opcode === OPCODE.call).map(({ index }) => index);

function loopBodies(code: readonly Instruction[]): Instruction[][] {
  return code.flatMap((start, k) => (start.opcode === OPCODE.loop ? [bodyAt(code, k)] : []));
}

/** Bodies of the loops that no loop contains. */
function outermost(code: readonly Instruction[]): Instruction[][] {
  const bodies: Instruction[][] = [];
  for (let k = 0; k < code.length; k++) {
    if (code[k]?.opcode !== OPCODE.loop) continue;
    const body = bodyAt(code, k);
    bodies.push(body);
    k += body.length;
  }
  return bodies;
}

function bodyAt(code: readonly Instruction[], start: number): Instruction[] {
  const depth = code[start]?.depth;
  const length = code
    .slice(start + 1)
    .findIndex((instruction) => instruction.opcode === OPCODE.end && instruction.depth === depth);
  return code.slice(start + 1, start + 1 + length);
}
