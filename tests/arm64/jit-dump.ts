/** Machine code that V8 made, from the file that `node --perf-prof` leaves for Linux's perf (its jitdump format, version 1). */
import { at } from "../../host/model/at.ts";

/** Of AArch64: every instruction is one word. */
export type MachineCode = { readonly name: string; readonly words: Uint32Array };

export type Loop = {
  readonly functionName: string;
  readonly instructions: number;
  /** of these, products of four pairs of bytes in each of four lanes */
  readonly sdots: number;
};

/** "JiTD" */
const MAGIC = 0x4a695444;
const [HEADER_BYTES_AT, CODE_LOAD, RECORD_BYTES, LOAD_BYTES] = [8, 0, 16, 40];

/** WebAssembly functions by their order in the file; an optimised one comes after what it takes the place of. */
export function wasmFunctions(dump: Buffer): MachineCode[] {
  if (dump.readUInt32LE(0) !== MAGIC) throw new Error("not a jitdump of this byte order");
  const found: MachineCode[] = [];
  let record = dump.readUInt32LE(HEADER_BYTES_AT);
  while (record + RECORD_BYTES <= dump.length) {
    const bytes = dump.readUInt32LE(record + 4);
    if (bytes < RECORD_BYTES) break; // a process that ended in the middle of one
    if (dump.readUInt32LE(record) === CODE_LOAD) {
      const nameAt = record + RECORD_BYTES + LOAD_BYTES;
      const nameEnd = dump.indexOf(0, nameAt);
      const name = dump.toString("latin1", nameAt, nameEnd);
      const codeBytes = Number(dump.readBigUInt64LE(record + RECORD_BYTES + 24));
      const code = dump.subarray(nameEnd + 1, nameEnd + 1 + codeBytes);
      if (name.includes("wasm-function")) found.push({ name, words: words(code) });
    }
    record += bytes;
  }
  return found;
}

const words = (code: Buffer): Uint32Array =>
  Uint32Array.from({ length: code.length >> 2 }, (_, k) => code.readUInt32LE(4 * k));

/** SDOT (vector) of 16 bytes: 0100_1110_100m_mmmm_1001_01nn_nnnd_dddd. */
const isSdot = (word: number): boolean => (word & 0xffe0fc00) >>> 0 === 0x4e809400;

/** Where a branch goes, in words from itself; 0 where it is none (B, B.cond, CBZ and CBNZ). */
function branch(word: number): number {
  if ((word & 0xfc000000) >>> 0 === 0x14000000) return (word << 6) >> 6;
  const conditional = (word & 0xff000010) >>> 0 === 0x54000000;
  const onZero = (word & 0x7e000000) >>> 0 === 0x34000000;
  return conditional || onZero ? (word << 8) >> 13 : 0;
}

/** Loops with such a product and no loop within them. */
export function innerLoops({ name, words }: MachineCode): Loop[] {
  const backward = [...words.keys()]
    .map((end) => ({ end, begin: end + branch(at(words, end)) }))
    .filter(({ begin, end }) => begin < end);
  const isInner = ({ begin, end }: { readonly begin: number; readonly end: number }): boolean =>
    !backward.some((other) => begin <= other.begin && other.end < end);
  return backward.filter(isInner).flatMap(({ begin, end }) => {
    const sdots = words.subarray(begin, end + 1).filter(isSdot).length;
    return sdots === 0 ? [] : [{ functionName: name, instructions: end + 1 - begin, sdots }];
  });
}
