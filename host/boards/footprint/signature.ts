/** What plain operators take and give: numbers of the WebAssembly core specification 2.0, section 5.4. */
import type { ValueType } from "./slots.ts";

/** Operands and result of a plain operator. */
export function signature(opcode: number): readonly [operands: 1 | 2, result: ValueType | null] {
  if (opcode >= 0x36 && opcode <= 0x3e) return [2, null]; // stores
  if (opcode >= 0x28 && opcode <= 0x35) return [1, WIDE_LOADS.has(opcode) ? "i64" : "i32"];
  if (opcode === 0x45 || opcode === 0x50) return [1, "i32"]; // eqz
  if (opcode <= 0x5a) return [2, "i32"]; // comparisons
  if (opcode <= 0x69) return [1, "i32"]; // clz, ctz, popcnt
  if (opcode <= 0x78) return [2, "i32"];
  if (opcode <= 0x7b) return [1, "i64"];
  if (opcode <= 0x8a) return [2, "i64"];
  if (opcode === 0xa7) return [1, "i32"]; // wrap
  if (opcode <= 0xad) return [1, "i64"]; // extend
  return [1, opcode <= 0xc1 ? "i32" : "i64"]; // sign extension
}

const WIDE_LOADS = new Set([0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35]);
